"""Methods as published, or on a level field: one table holds one of them."""

from collections.abc import Mapping
from typing import Any

from sambench.errors import InputError
from sambench.settings.changes import changes

SHARED = ("network", "input", "prompt", "objective", "training", "inference")
IDEA = {
    "network": ("ibn", "channel_prompt"),
    "objective": ("on",),
    "training": ("optimisers",),
}
"""What a method of a level field may differ in, by key; views and algorithm besides."""


def check_level_field(benchmark: str, recipes: Mapping[str, Mapping[str, Any]]) -> None:
    """Check that the methods of a benchmark can stand in one table.

    Controls can stand in any.

    Raises
    ------
    InputError
        If methods as published and of a level field are mixed, or methods of several
        fields, or if one of a field has another network, budget or loss than the rest.
    """
    competing = {name: r for name, r in recipes.items() if not r["control"]}
    fields: dict[str | None, list[str]] = {}
    for name, recipe in competing.items():
        fields.setdefault(recipe.get("level_with"), []).append(name)
    if len(fields) > 1:
        raise InputError(
            where=f"the methods of '{benchmark}'",
            found="; ".join(
                f"{', '.join(names)} ({f'level with {base}' if base else 'published'})"
                for base, names in fields.items()
            ),
            expected="methods as published, or those of one level field",
            remedy=f"Run them apart, or choose by select.{benchmark}.methods",
        )
    (base,) = fields or [None]
    if base is None:
        return
    shared = {name: _shared(recipe) for name, recipe in competing.items()}
    first, *others = shared
    for name in others:
        if different := changes(shared[first], shared[name]):
            raise InputError(
                where=f"the methods of '{benchmark}', level with '{base}'",
                found=f"{name} differs from {first} in {', '.join(sorted(different))}",
                expected="one network, budget and loss for all methods of a field",
                remedy="Override the value of each of them alike, or of none",
            )


def level_base(recipes: Mapping[str, Mapping[str, Any]]) -> str | None:
    """Return the base of the level field that methods stand on, if they do."""
    bases = {r.get("level_with") for r in recipes.values() if not r.get("control")}
    return next(iter(bases - {None}), None)


def _shared(recipe: Mapping[str, Any]) -> dict[str, Any]:
    """Return what methods of a level field have in common."""
    found = {}
    for key in SHARED:
        value = recipe.get(key)
        if isinstance(value, Mapping):
            value = {k: v for k, v in value.items() if k not in IDEA.get(key, ())}
        found[key] = value
    return found
