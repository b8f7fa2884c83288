"""What a document takes over from the one that its key `like` names.

A mapping is merged, any other value is replaced. A mapping with a `name` is a part and
its arguments: under another name nothing of the old part survives. A recipe's
statements of provenance are taken over only for values that are.
"""

from collections.abc import Collection, Iterator, Mapping
from copy import deepcopy
from typing import Any

#: Keys of a recipe that hold no value of the method, and have no source therefore.
_WORDS = [
    "id",
    "label",
    "version",
    "summary",
    "references",
    "control",
    "provenance",
    "deviations",
    "source",
    "predictor",
    "predictions",
    "per_benchmark",
]


def merge(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Merge nested mappings; any other value of `change` replaces that of `base`.

    A mapping with another `name` is another part: it replaces the old one as a whole.
    """
    merged = deepcopy(dict(base))
    for key, value in change.items():
        old = merged.get(key)
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            merged[key] = merge({} if _renamed(old, value) else old, value)
        else:
            merged[key] = deepcopy(value)
    return merged


def inherit(
    base: Mapping[str, Any], change: Mapping[str, Any], unstated: str
) -> dict[str, Any]:
    """Merge a recipe, or a part of one, into the recipe that it is like.

    Parameters
    ----------
    base : mapping
        A recipe as its file has it.
    unstated : str
        Provenance of values that `change` has and states no source of.

    Returns
    -------
    dict
        The recipe; its `provenance` covers what is inherited by the statements of
        `base` and what is changed by those of `change`.
    """
    replaced = dict(_replaced(base, change))
    base = deepcopy(dict(base))
    if isinstance(base.get("per_benchmark"), Mapping):
        base["per_benchmark"] = {
            name: _without(values, replaced) if isinstance(values, Mapping) else values
            for name, values in base["per_benchmark"].items()
        }
    merged = merge(base, change)
    stated = [document.get("provenance") or {} for document in (base, change)]
    if all(isinstance(each, Mapping) for each in stated):
        merged["provenance"] = _provenance(base, change, replaced, unstated)
    return merged


def covers(key: str, leaf: str) -> bool:
    """Return whether a dotted key is a value's own or that of something around it."""
    return leaf == key or leaf.startswith(f"{key}.")


def _renamed(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    return "name" in new and new["name"] != old.get("name", new["name"])


def _replaced(
    base: Mapping[str, Any], change: Mapping[str, Any], above: str = ""
) -> Iterator[tuple[str, Any]]:
    """List the dotted keys of `base` of which nothing survives, with the new values."""
    for key, value in change.items():
        old, path = base.get(key), f"{above}.{key}" if above else str(key)
        if not above and key in _WORDS:
            continue
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            if _renamed(old, value):
                yield path, value
            else:
                yield from _replaced(old, value, path)
        elif old != value:
            yield path, value


def _without(
    values: Mapping[str, Any], replaced: Collection[str], key: str = ""
) -> dict:
    """Drop what was said for one benchmark of a value that is replaced."""
    kept = {}
    for name, value in values.items():
        path = f"{key}.{name}" if key else str(name)
        if path in replaced:
            continue
        inside = isinstance(value, Mapping)
        kept[name] = _without(value, replaced, path) if inside else deepcopy(value)
    return kept


def _provenance(
    base: Mapping[str, Any],
    change: Mapping[str, Any],
    replaced: Mapping[str, Any],
    words: str,
) -> dict[str, str]:
    stated = dict(change.get("provenance") or {})
    known = base.get("provenance") or {}
    kept = {
        key: source
        for key, source in known.items()
        if key not in stated
        and not any(covers(changed, key) for changed in replaced)
        and not any(covers(own, key) for own in stated)
    }
    unstated = {
        changed: words
        for changed, value in replaced.items()
        if value is not None
        and not any(covers(own, changed) or covers(changed, own) for own in stated)
    }
    return kept | unstated | stated
