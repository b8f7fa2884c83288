"""What a protocol asks of scores, and how it is said in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from sambench.errors import InputError
from sambench.metrics.names import ANY, FAMILIES, metric_id

if TYPE_CHECKING:
    import pandas as pd

WORDS = {
    "slices": {
        "all": ("every slice of a volume is scored", "all slices"),
        "foreground": (
            "only slices on which a structure is labelled are scored",
            "labelled slices",
        ),
    },
    "grid": {
        "native": ("on the grid of the original images", "original grid"),
        "packed": ("on the grid of the network's images", ""),
    },
    "average": {
        "targets": (
            "cases are averaged within each target, then targets with equal weight",
            "mean of targets",
        ),
        "cases": (
            "the cases of all targets of a source are averaged together",
            "mean of cases",
        ),
    },
    "post_processing": {
        "none": ("predictions are scored as they are", ""),
        "largest_component": (
            "only the largest component of a prediction is kept",
            "largest component",
        ),
        "border_trim": (
            "predictions are emptied in a rim of 50/256 of each slice",
            "border trimmed",
        ),
    },
    "checkpoint": {
        "last": ("the weights at the end of training are tested", ""),
        "best_on_source_validation": (
            "the weights that are best on held-out source cases are tested",
            "best on source",
        ),
        "best_on_target": (
            "the weights that are best on the target itself are tested: an oracle "
            "upper bound, because it uses target labels",
            "best on target",
        ),
    },
}
"""What each choice of a protocol means: as a part of a sentence, and in few words."""

CHOICES = {
    "checkpoint": "last",
    "grid": "packed",
    "slices": "all",
    "post_processing": "none",
}
"""What a protocol chooses among score rows, and what its silence means."""


def choices(protocol: Mapping) -> dict[str, str]:
    """Return the value of each of `CHOICES` under a protocol."""
    return {key: protocol.get(key, silent) for key, silent in CHOICES.items()}


def policy(protocol: Mapping) -> str:
    """Name the rows that a protocol reads, such as ``last|packed|all|none``."""
    return "|".join(choices(protocol).values())


def rows_under(scores: pd.DataFrame, protocol: Mapping) -> pd.DataFrame:
    """Keep the rows of scores that a protocol reads; ``any`` serves every choice."""
    for key, value in choices(protocol).items():
        column = "selection" if key == "checkpoint" else key
        scores = scores[scores[column].isin([value, ANY])]
    return scores


NEEDS = {
    "last": {},
    "best_on_source_validation": {
        "candidates": (1, "more than one epoch's weights to choose from", 8),
        "validation": (0, "source cases held out to choose by", 0.1),
    },
    "best_on_target": {
        "candidates": (1, "more than one epoch's weights to choose from", 8),
    },
}
"""What `checkpoints` has to exceed for a choice, why, and a value that would do."""


def check_supported(protocol: Mapping, checkpoints: Mapping) -> None:
    """Refuse a protocol that needs weights which trainings would not keep.

    The configuration's `checkpoints` have `candidates` and `validation`. An
    `InputError` if there would be no weights to choose from, or no cases to choose by.
    """
    chosen = protocol["checkpoint"]
    for key, (floor, expected, enough) in NEEDS[chosen].items():
        if checkpoints[key] <= floor:
            raise InputError(
                where=f"protocol '{protocol['id']}', key 'checkpoint'",
                found=f"'{chosen}', while key 'checkpoints.{key}' of the configuration "
                f"is {checkpoints[key]}",
                expected=expected,
                remedy=f"Set `checkpoints.{key}` above {floor}, such as {enough}, in "
                "the configuration",
            )


def checkpoints_of(protocols: Iterable[Mapping]) -> list[str]:
    """List the checkpoints that protocols test besides the last."""
    return sorted({protocol["checkpoint"] for protocol in protocols} - {"last"})


def distance_unit(benchmark: Mapping) -> str:
    """Return the unit of distances of a benchmark: mm, or px for photographs."""
    return "px" if benchmark.get("kind") == "photo" else "mm"


def protocol_metrics(protocol: Mapping, benchmark: Mapping) -> list[str]:
    """List the metrics of a protocol on a benchmark, as score files name them.

    An NSD has the protocol's tolerance, or else the benchmark's: ``nsd_surfel_1vx``.
    """
    unit = distance_unit(benchmark)
    if protocol.get("nsd_spacing") == "voxel" and unit == "mm":
        unit = "vx"
    tolerance = protocol.get("nsd_tolerance") or benchmark["nsd_tolerance"]
    return [metric_id(family, tolerance, unit) for family in protocol["metrics"]]


def views(
    protocols: Iterable[Mapping], benchmark: Mapping
) -> list[tuple[str, str, str, list[str]]]:
    """List what protocols ask to be scored, each once.

    That is grid, slices, post-processing, and the metrics besides those that are always
    measured.
    """
    unit, tolerance = distance_unit(benchmark), benchmark["nsd_tolerance"]
    own = {metric_id(family, tolerance, unit) for family in FAMILIES}
    asked: dict[tuple[str, str, str], set[str]] = {}
    for protocol in protocols:
        chosen = choices(protocol)
        view = chosen["grid"], chosen["slices"], chosen["post_processing"]
        metrics = protocol_metrics(protocol, benchmark)
        asked.setdefault(view, set()).update({*metrics} - own)
    return [(*view, sorted(extra)) for view, extra in sorted(asked.items())]


def in_words(protocol: Mapping) -> str:
    """Describe in one sentence what a protocol does."""
    said = {key: long for key, (long, _) in _words(protocol).items()}
    parts = [f"{said['slices']}, {said['grid']}"]
    parts += [said[key] for key in ("average", "checkpoint", "post_processing")]
    if protocol.get("seeds"):
        parts.append(f"{protocol['seeds']} seeds are asked for")
    sentence = "; ".join(parts)
    return sentence[0].upper() + sentence[1:] + "."


def in_few_words(protocol: Mapping) -> list[str]:
    """List what sets a protocol apart."""
    return [short for _, short in _words(protocol).values() if short]


def _words(protocol: Mapping) -> dict[str, tuple[str, str]]:
    chosen = choices(protocol) | {"average": protocol["average"]}
    return {key: words[chosen[key]] for key, words in WORDS.items()}
