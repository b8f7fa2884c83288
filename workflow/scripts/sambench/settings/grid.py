"""The fan-out: which runs and scores a benchmark asks for."""

from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any, NamedTuple

ALL = "all"  # the one source of a benchmark whose model is trained on every domain


class Run(NamedTuple):
    """One training: benchmark x method x source x seed."""

    benchmark: str
    method: str
    source: str
    seed: int


def sources_of(benchmark: Mapping[str, Any]) -> list[str]:
    """List the sources: domains, or `all` where one model serves every domain."""
    return [ALL] if benchmark["pairs"] == ALL else list(benchmark["sources"])


def source_domains(benchmark: Mapping[str, Any], source: str) -> list[str]:
    """List the domains whose training cases make up a source."""
    return list(benchmark["domains"]) if source == ALL else [source]


def targets_of(benchmark: Mapping[str, Any], source: str) -> list[str]:
    """List the domains that a model of this source is tested on."""
    if benchmark["pairs"] == "others":
        return [target for target in benchmark["targets"] if target != source]
    return list(benchmark["targets"])


def runs_of(
    benchmark: Mapping[str, Any], methods: Iterable[str], seeds: int
) -> list[Run]:
    """List every run of a benchmark; seeds count from 1."""
    grid = product(methods, sources_of(benchmark), range(1, seeds + 1))
    return [Run(benchmark["id"], method, source, seed) for method, source, seed in grid]
