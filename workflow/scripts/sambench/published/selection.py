"""Which published numbers results can stand beside."""

from collections.abc import Mapping, Sequence

from sambench.metrics.names import parse_nsd
from sambench.published.numbers import CONFIDENCE, Number

SHORTENED = "training was shortened by the configuration"
PART_OF_GRID = "only a part of the sources and targets was run"
RESIZED = "the configuration sets another image size"
HELD_OUT = "a part of the source cases was held out of training"

RATERS = "rater_pairs"
"""Protocol of published numbers that are means over pairs of human raters."""


def published_name(metric: str) -> str:
    """Return the name of a metric in published files: ``nsd_1`` for any unit, form."""
    nsd = parse_nsd(metric)
    return f"nsd_{nsd.tolerance:g}" if nsd else metric


def published_id(benchmark: Mapping) -> str:
    """Return the benchmark id under which the numbers of a benchmark are published."""
    return benchmark.get("published_as") or benchmark["id"]


def numbers_for(
    numbers: Sequence[Number],
    benchmark: str,
    protocols: Sequence[str],
    metric: str = "dice",
) -> list[Number]:
    """Keep the numbers of one benchmark, protocol and metric, the surest of each cell.

    Of equally sure numbers of a cell those of the first protocol are taken. Numbers
    under other protocols cannot be compared. The metric is as published, such as
    ``"nsd_1"``.
    """
    order = list(protocols)

    def doubt(row: Number) -> tuple[int, int]:
        return CONFIDENCE.index(row["confidence"]), order.index(row["protocol"])

    chosen = (
        row
        for row in numbers
        if (row["benchmark"], row["metric"]) == (benchmark, metric)
        and row["protocol"] in order
    )
    surest: dict[tuple, Number] = {}
    for row in sorted(chosen, key=doubt):
        cell = tuple(row[key] for key in ("method", "source", "target", "structure"))
        surest.setdefault(cell, row)
    return list(surest.values())


def published_numbers(
    numbers: Sequence[Number], benchmark: Mapping, protocol: Mapping, metric: str
) -> tuple[list[Number], str]:
    """Select the published numbers that results can stand beside.

    Returns
    -------
    rows : list of dict
        Under the protocol or those that it is `published_as`; if there are none, under
        those that it stands `beside`.
    obstacle : str
        Why they cannot be compared, for the latter.
    """
    about = published_id(benchmark), published_name(metric)
    same = [protocol["id"], *protocol.get("published_as", ())]
    chosen = numbers_for(numbers, about[0], same, about[1])
    beside = protocol.get("beside", ())
    if chosen or not beside:
        return chosen, ""
    chosen = numbers_for(numbers, about[0], beside, about[1])
    names = ", ".join(dict.fromkeys(row["protocol"] for row in chosen))
    return chosen, f"they were scored under another protocol ({names})"


def rater_agreement(
    numbers: Sequence[Number], benchmarks: Sequence[str]
) -> list[Number]:
    """Select the published agreement of raters on benchmarks with the same images.

    Rows have target, structure and `value` (Dice in percent).
    """
    return [
        {key: row[key] for key in ("target", "structure", "value")}
        for row in numbers
        if row["benchmark"] in benchmarks
        and (row["protocol"], row["metric"]) == (RATERS, "dice")
    ]
