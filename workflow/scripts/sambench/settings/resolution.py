"""Benchmarks and recipes as they run: narrowed, merged and checked."""

from collections.abc import Mapping, Sequence
from typing import Any

from sambench.errors import InputError
from sambench.methods.told import check_clicks, told
from sambench.models import NETWORKS
from sambench.settings.availability import (
    Served,
    is_available,
    require_something,
    serve,
)
from sambench.settings.changes import changes
from sambench.settings.contamination import seen_by
from sambench.settings.document_checks import check_benchmark
from sambench.settings.grid import targets_of
from sambench.settings.narrowing import check_pairs, narrow
from sambench.settings.parts import check_parts, check_sizes, own_code
from sambench.settings.programs import check_program
from sambench.settings.recipe import recipe_for
from sambench.settings.schema import validate


def served_benchmark(
    benchmark: dict[str, Any],
    config: dict[str, Any],
    registry: dict[str, Any],
    known: Sequence[str],
) -> Served:
    """Narrow a whole benchmark to the domains that are selected and available.

    Raises
    ------
    InputError
        For unknown names, and if no source is left that has a target.
    """
    name = benchmark["id"]
    check_benchmark(benchmark, known)
    narrowed = narrow(benchmark, config["select"].get(name, {}))

    def available(dataset: str) -> bool:
        return is_available(dataset, config, registry)

    served = serve(narrowed, len(benchmark["domains"]), available)
    require_something(name, served, registry)
    check_pairs(served.benchmark)
    tested = [s for s in served.benchmark["sources"] if targets_of(served.benchmark, s)]
    served.benchmark["sources"] = tested
    return served


def resolved_recipe(
    recipe: dict[str, Any],
    lineage: Sequence[str],
    override: Mapping[str, Any],
    sides: Mapping[str, int],
    backbones: Mapping[str, list[dict[str, str]]],
    benchmark: Mapping[str, Any],
) -> dict[str, Any]:
    """Return a recipe as it runs on a benchmark, with what tables say of it.

    Parameters
    ----------
    recipe : dict
        The method's file.
    lineage : sequence of str
        The benchmark, after those it is like.
    override : mapping
        What the configuration changes.
    sides : mapping
        Sides of packed slices in pixels, see `sides_of`.
    backbones : mapping
        What pretrained weights have seen.
    benchmark : mapping
        As it runs.

    Raises
    ------
    InputError
        For values, parts and sizes that cannot run.
    """
    name = recipe["id"]
    where = f"recipe '{name}' on '{lineage[-1]}' with key 'overrides.{name}'"
    resolved = validate(recipe_for(recipe, lineage, override), "method", where)
    check_program(resolved, benchmark, where)
    changed = {}
    if override:
        published = validate(recipe_for(recipe, lineage, {}), "method", where)
        changed = changes(published, resolved)
    said = resolved["prompt"].pop("told", None)  # no argument of a prompt
    resolved = check_parts(resolved, where)
    check_sizes(resolved, sides, where)
    check_clicks(resolved, where)
    prompt = resolved["prompt"] | {"told": said}
    resolved["told"] = told(resolved | {"prompt": prompt})
    resolved["changed"] = changed
    resolved["seen"] = seen_by(resolved, backbones)
    _check_weights(resolved, where)
    _check_horizons(resolved["training"] or {}, where)
    return {**resolved, "code": own_code(resolved)}


def _check_weights(recipe: Mapping[str, Any], where: str) -> None:
    """Refuse a network that nobody trains; one of the user's may bring its weights."""
    if recipe["predictor"] != "network" or recipe["training"] is not None:
        return
    network = recipe["network"]
    if not network.get("backbone") and not NETWORKS.is_own(network["name"]):
        raise InputError(
            where=f"{where}, key 'training'",
            found="null, and no network.backbone: its weights would be drawn at random",
            expected="a training, or the name of pretrained weights",
            remedy="Leave `training` as it is, or choose another network",
        )


def _check_horizons(training: Mapping[str, Any], where: str) -> None:
    """Refuse a schedule that reaches zero before the training ends."""
    others = (training.get("optimisers") or {}).items()
    schedules = {"schedule": training.get("schedule")}
    schedules |= {f"optimisers.{n}.schedule": o.get("schedule") for n, o in others}
    for key, schedule in schedules.items():
        horizon = (schedule or {}).get("horizon_epochs")
        if horizon and horizon < training["epochs"]:
            raise InputError(
                where=f"{where}, key 'training.{key}.horizon_epochs'",
                found=f"{horizon} epochs",
                expected=f"at least those trained, {training['epochs']}",
                remedy="Raise it too: the learning rate reaches zero there",
            )
