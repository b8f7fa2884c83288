"""Check the parts that a recipe names: that they exist, and take what it says to them.

Nothing of a part is imported: its arguments are read from its source.
"""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from functools import cache
from typing import Any, NamedTuple

from sambench.errors import InputError, unknown_name
from sambench.plugins import source_digest
from sambench.registry import Registry
from sambench.settings.schema import validate_by
from sambench.signature import lacking_arguments, rules_of

#: What every part has.
NAMED = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string", "pattern": r"\S"}},
}


class Slot(NamedTuple):
    """A key of a recipe that names a part, or a list of parts.

    Attributes
    ----------
    registry : Registry
        The parts.
    more : dict, optional
        JSON schemas of what stands beside the name and is no argument of the part.
    inner : tuple of str
        Arguments that hold parts of the same registry, or lists of them.
    """

    registry: Registry
    more: dict[str, dict[str, Any]] | None = None
    inner: tuple[str, ...] = ()


@cache
def slots() -> dict[str, Slot]:
    """Return the slots of a recipe by key; `*` stands for any name."""
    from sambench.methods import (
        ALGORITHMS,
        CONSISTENCIES,
        FEATURES,
        NORMALISATIONS,
        OBJECTIVES,
        PROMPTS,
        VIEWS,
    )
    from sambench.methods.transforms import TRANSFORMS
    from sambench.models import NETWORKS
    from sambench.predict import POLICIES, SHAPES
    from sambench.train import OPTIMISERS, SCHEDULES

    optimiser = {"clip_norm": {"type": "number"}}
    horizon = {"horizon_epochs": {"type": ["integer", "null"]}}
    return {
        "algorithm": Slot(ALGORITHMS),
        "network": Slot(NETWORKS),
        "input.normalisation": Slot(NORMALISATIONS),
        "views": Slot(VIEWS, inner=("of", "then")),
        "features": Slot(FEATURES, {"stages": {"type": "array"}}),
        "prompt": Slot(PROMPTS),
        "objective": Slot(OBJECTIVES, {"on": {"enum": ["first", "all"]}}),
        "consistency": Slot(CONSISTENCIES, {"weight": {"type": "number"}}),
        "training.prompt": Slot(PROMPTS),
        "training.augmentation": Slot(TRANSFORMS),
        "training.optimiser": Slot(OPTIMISERS, optimiser),
        "training.optimisers.*": Slot(
            OPTIMISERS, optimiser | {"schedule": {"type": "object"}}
        ),
        "training.schedule": Slot(SCHEDULES, horizon),
        "training.optimisers.*.schedule": Slot(SCHEDULES, horizon),
        "inference.policy": Slot(POLICIES),
        "shape": Slot(SHAPES),
    }


def parts_of(recipe: Mapping[str, Any]) -> Iterator[tuple[str, Slot, Any, str | int]]:
    """List the parts of a recipe, outer ones first.

    That is the dotted key, the slot, and the mapping or list that holds the part (a
    name, or a mapping with one) with its key or place there.
    """
    for key, slot in slots().items():
        for place, holder, name in _holders(recipe, key.split(".")):
            yield from _parts_at(place, slot, holder, name)


def _parts_at(
    place: str, slot: Slot, holder: Any, key: str | int
) -> Iterator[tuple[str, Slot, Any, str | int]]:
    if isinstance(holder[key], list):
        for number in range(len(holder[key])):
            yield from _parts_at(f"{place}.{number}", slot, holder[key], number)
    elif isinstance(holder[key], str | Mapping):
        yield place, slot, holder, key
        for argument in slot.inner:
            value = holder[key]
            if isinstance(value, Mapping) and isinstance(value.get(argument), list):
                yield from _parts_at(f"{place}.{argument}", slot, value, argument)


def _holders(
    value: Any, names: Sequence[str], above: str = ""
) -> Iterator[tuple[str, Any, str]]:
    """List the mappings that have a key of nested ones, with its place and name."""
    first, *rest = names
    found = value if isinstance(value, Mapping) else {}
    for name in [name for name in found if first in ("*", name)]:
        place = f"{above}.{name}" if above else name
        if rest:
            yield from _holders(value[name], rest, place)
        else:
            yield place, value, name


def check_parts(recipe: dict[str, Any], where: str) -> dict[str, Any]:
    """Check every part of a recipe against its own signature.

    Returns
    -------
    dict
        A copy in which numbers are of the type that the part takes.

    Raises
    ------
    InputError
        For an unknown name or argument, one that is missing, or a value of the wrong
        kind; with the valid ones.
    """
    checked = deepcopy(recipe)
    for place, slot, holder, key in parts_of(checked):
        alone = isinstance(holder[key], str)
        part = {"name": holder[key]} if alone else holder[key]
        validate_by(part, NAMED, where, place)
        named = f"{where}, key '{place}.name'"
        definition = slot.registry.definition(part["name"], named)
        lacking = lacking_arguments(definition, slot.registry.needed(part))
        if lacking:
            raise InputError(
                where=named,
                found=f"'{part['name']}', which takes no {', '.join(lacking)}",
                expected="one that takes it, by this name",
                remedy="Add it to the arguments of the function or of `__init__`",
            )
        rules = deepcopy(rules_of(definition, slot.registry.given))
        rules["properties"] |= {"name": {"type": "string"}} | (slot.more or {})
        part = validate_by(part, _chosen(rules, part, where, place), where, place)
        if not alone:
            holder[key] = part
    return checked


def check_sizes(
    recipe: Mapping[str, Any], sides: Mapping[str, int], where: str
) -> None:
    """Refuse slices or image sizes that the network of a recipe cannot take.

    Parameters
    ----------
    recipe : mapping
        As it runs on a benchmark, its parts checked.
    sides : mapping
        Key or file that sets it to side of the benchmark's packed slices in pixels.
    where : str
        Name of the recipe, for messages.
    """
    from sambench.models import NETWORKS

    network = recipe["network"]
    if network is None:
        return
    for key, side in (sides or {"": None}).items():
        misfit = NETWORKS.misfit(network, side)
        if misfit is None:
            continue
        own = f"{where}, key 'network.{misfit.key}'"
        raise InputError(
            where=own if misfit.key else key,
            found=misfit.found,
            expected=f"{misfit.expected}, as '{recipe['id']}' needs it",
            remedy=misfit.remedy,
        )


def own_code(recipe: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Compute the SHA-256 of the source of every part that is not of this library.

    They are by key of the recipe, then name of the part.
    """
    found: dict[str, dict[str, str]] = {}
    for place, slot, holder, key in parts_of(recipe):
        name = holder[key] if isinstance(holder[key], str) else holder[key]["name"]
        if slot.registry.is_own(name):
            digest = source_digest(slot.registry.reference(name))
            found.setdefault(place, {})[name] = digest
    return found


def _chosen(rules: Any, value: Any, where: str, key: str) -> Any:
    """Put the rules of the part that a value names in place of those of all parts."""
    if not isinstance(value, dict):
        return rules
    if "parts" in rules and "name" in value:
        parts = rules["parts"]
        if not isinstance(value["name"], str) or value["name"] not in parts:
            kind = key.rsplit(".", 1)[-1]
            raise unknown_name(f"{where}, key '{key}.name'", kind, value["name"], parts)
        own = deepcopy(parts[value["name"]])
        own.setdefault("properties", {})["name"] = {"type": "string"}
        rules = own | {"type": rules.get("type", "object")}
    elif "parts" in rules:
        return rules | {"required": ["name"]}
    for name, inner in rules.get("properties", {}).items():
        rules["properties"][name] = _chosen(
            inner, value.get(name), where, f"{key}.{name}"
        )
    return rules
