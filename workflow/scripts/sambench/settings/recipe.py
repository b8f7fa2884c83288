"""A method's recipe as it runs on one benchmark: the file, its variants, overrides."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from sambench.settings.inheritance import inherit, merge

OVERRIDDEN = "set in the configuration, key overrides"

# What a result depends on. Labels, references and comments may change without rerun.
SHARED_KEYS = ("id", "version", "algorithm", "network", "input", "prompt")
TRAINING_KEYS = (
    *SHARED_KEYS,
    "views",
    "features",
    "objective",
    "consistency",
    "training",
)
PROGRAM_KEYS = ("id", "version", "external")
PREDICTION_KEYS = (*SHARED_KEYS, "predictor", "shape", "inference")


def recipe_for(
    recipe: Mapping[str, Any], benchmarks: Sequence[str], override: Mapping[str, Any]
) -> dict[str, Any]:
    """Apply a recipe's values for one benchmark, then the configuration's override.

    The `benchmarks` are keys into the recipe's `per_benchmark`: the benchmark, after
    those it is like.
    """
    resolved = deepcopy(dict(recipe))
    own, override = resolved.pop("per_benchmark"), dict(override)
    changes = override.pop("per_benchmark", {})
    for benchmark in benchmarks:
        resolved = merge(resolved, own.get(benchmark, {}))
    resolved = inherit(resolved, override, OVERRIDDEN)
    for benchmark in benchmarks:
        resolved = inherit(resolved, changes.get(benchmark, {}), OVERRIDDEN)
    return resolved


def training_part(recipe: Mapping[str, Any]) -> dict[str, Any]:
    """Select what the trained weights depend on."""
    return _part(recipe, TRAINING_KEYS)


def prediction_part(recipe: Mapping[str, Any]) -> dict[str, Any]:
    """Select what predictions depend on, given the weights."""
    return _part(recipe, PREDICTION_KEYS)


def program_part(recipe: Mapping[str, Any]) -> dict[str, Any]:
    """Select what the trainings and predictions of another program depend on."""
    return _part(recipe, PROGRAM_KEYS)


def trained_elsewhere(recipe: Mapping[str, Any]) -> bool:
    """Return whether another program is trained on the source."""
    return bool((recipe["external"] or {}).get("train"))


def is_trained(recipe: Mapping[str, Any]) -> bool:
    """Return whether a run trains something, here or in another program."""
    return recipe["training"] is not None or trained_elsewhere(recipe)


def predicts_once(recipe: Mapping[str, Any]) -> bool:
    """Return whether a method has the same predictions for every source and seed."""
    return not is_trained(recipe) and recipe["predictor"] != "files"


def _part(recipe: Mapping[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    """Select keys, and the source of the user's own code that they name."""
    code = {
        key: sources
        for key, sources in recipe.get("code", {}).items()
        if key.split(".")[0] in keys
    }
    return {key: recipe[key] for key in keys} | ({"code": code} if code else {})
