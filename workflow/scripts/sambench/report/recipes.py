"""The card of a method: every value with its source, and what was changed of it."""

from collections.abc import Mapping
from typing import Any

SHOWN = (
    "version",
    "told",
    "predictor",
    "network",
    "input",
    "prompt",
    "views",
    "features",
    "algorithm",
    "objective",
    "consistency",
    "training",
    "inference",
)
"""Keys of a recipe, in the order of a card."""


def recipe_cards(
    recipes: Mapping[str, Mapping[str, Mapping[str, Any]]], names: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Arrange recipes by benchmark and method: a card for those that are alike.

    Beside what `recipe_card` returns a card has its `benchmarks`, by the names of
    benchmarks; empty if the method is the same in all of them.
    """
    cards: dict[str, list[dict[str, Any]]] = {}
    for benchmark, by_method in recipes.items():
        for method, recipe in by_method.items():
            card, known = recipe_card(recipe), cards.setdefault(method, [])
            alike = [one for one in known if one | card == one]
            if not alike:
                known += (alike := [card | {"benchmarks": []}])
            alike[0]["benchmarks"].append(names[benchmark])
    for known in cards.values():
        if len(known) == 1:
            known[0]["benchmarks"] = []
    return [card for known in cards.values() for card in known]


def recipe_card(recipe: Mapping[str, Any]) -> dict[str, Any]:
    """Arrange a recipe, as `Settings` has resolved it, for its card.

    Returns
    -------
    dict
        `id`, `label`, `control`, `summary`, `references`, `deviations`, `seen`;
        `values` by key; `sources`: one per statement of provenance, with the values
        below it that the configuration changed (`key`, `old`, `new`), since the source
        is that of the old ones; `changes`: the changed values without a source.
    """
    changed = dict(recipe.get("changed", {}))
    sources = []
    for key, text in recipe.get("provenance", {}).items():
        below = {k: changed[k] for k in changed if k == key or k.startswith(f"{key}.")}
        sources.append({"key": key, "text": text, "changes": _pairs(below)})
    named = {pair["key"] for source in sources for pair in source["changes"]}
    return {
        "id": recipe["id"],
        "label": recipe["label"],
        "control": recipe["control"],
        "summary": recipe["summary"],
        "references": recipe.get("references", []),
        "deviations": recipe.get("deviations", []),
        "seen": recipe.get("seen", []),
        "values": {
            {"told": "kind of prompt"}.get(key, key): recipe[key]
            for key in SHOWN
            if recipe.get(key) not in (None, {}, [])
        },
        "sources": sources,
        "changes": _pairs({k: v for k, v in changed.items() if k not in named}),
    }


def _pairs(changed: Mapping[str, list]) -> list[dict[str, Any]]:
    return [{"key": key, "old": old, "new": new} for key, (old, new) in changed.items()]
