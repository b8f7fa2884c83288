"""The fan-out: which runs and scores a benchmark asks for."""

from collections.abc import Mapping
from itertools import product
from typing import Any, NamedTuple

from sambench.errors import count_of
from sambench.settings.recipe import predicts_once

ALL = "all"  # the one source of a benchmark whose model is trained on every domain
BENCHMARK = "benchmark"  # of a recipe that trains on what the pairs say
EACH = "each"  # of a recipe that trains one model for each of these domains instead
SINGLE = "single"  # of a recipe that trains a model of one domain on any benchmark


class Run(NamedTuple):
    """One training: benchmark x method x source x seed."""

    benchmark: str
    method: str
    source: str
    seed: int


def misfit(benchmark: Mapping[str, Any], recipe: Mapping[str, Any]) -> str:
    """Return why a method cannot run on a benchmark; empty if it can."""
    if recipe["source"] == EACH and benchmark["pairs"] != ALL:
        return "trains a model of each domain alone, which is none of others"
    kinds = (recipe["external"] or {}).get("kinds", [benchmark["kind"]])
    if benchmark["kind"] not in kinds:
        return f"takes benchmarks of kind {' or '.join(kinds)} alone"
    needs = recipe["structures"] or {}
    labelled = {tuple(d["structures"]) for d in benchmark["domains"].values()}
    if needs.get("together") and len(labelled) > 1:
        return "takes its structures for classes, which every domain must label"
    most = needs.get("most")
    if most and len({name for names in labelled for name in names}) > most:
        return f"segments at most {count_of(most, 'structure')}"
    return ""


def sources_of(
    benchmark: Mapping[str, Any], recipe: Mapping[str, Any] | None = None
) -> list[str]:
    """List the sources: domains, or `all` if one model serves every domain.

    A recipe may train a model of each domain there.
    """
    if benchmark["pairs"] != ALL:
        return list(benchmark["sources"])
    each = recipe is not None and recipe["source"] in (EACH, SINGLE)
    return list(benchmark["targets"]) if each else [ALL]


def source_domains(benchmark: Mapping[str, Any], source: str) -> list[str]:
    """List the domains whose training cases make up a source."""
    return list(benchmark["domains"]) if source == ALL else [source]


def targets_of(benchmark: Mapping[str, Any], source: str) -> list[str]:
    """List the domains that a model of this source is tested on."""
    if benchmark["pairs"] == ALL and source != ALL:
        return [source]
    if benchmark["pairs"] == "others":
        return [target for target in benchmark["targets"] if target != source]
    return list(benchmark["targets"])


def runs_of(
    benchmark: Mapping[str, Any], recipes: Mapping[str, Mapping[str, Any]], seeds: int
) -> list[Run]:
    """List every run of a benchmark, for recipes by method; seeds count from 1.

    What seeds do not change has one.
    """
    runs = []
    for method, recipe in recipes.items():
        own = 1 if predicts_once(recipe) else seeds
        grid = product(sources_of(benchmark, recipe), range(1, own + 1))
        runs += [Run(benchmark["id"], method, source, seed) for source, seed in grid]
    return runs
