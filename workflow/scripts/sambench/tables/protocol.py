"""What a protocol asks of scores, and how it is said in words."""

from collections.abc import Iterable, Mapping

from sambench.errors import InputError
from sambench.metrics.names import metric_id

SLICES = {
    "all": "every slice of a volume is scored",
    "foreground": "only slices on which a structure is labelled are scored",
}
AVERAGES = {
    "targets": "cases are averaged within each target, then targets with equal weight",
    "cases": "the cases of all targets of a source are averaged together",
}
SELECTIONS = {
    "last": "the weights at the end of training are tested",
    "best_on_source_validation": "the weights that are best on held-out source cases "
    "are tested",
    "best_on_target": "the weights that are best on the target itself are tested: an "
    "optimistic upper bound that nobody could choose in practice",
}
TREATMENTS = {
    "none": "predictions are scored as they are",
    "largest_component": "only the largest component of a prediction is kept",
    "border_trim": "predictions are emptied in a rim of 50/256 of each slice",
}


def check_supported(protocol: Mapping) -> None:
    """Refuse a protocol that needs weights which no training keeps.

    Raises
    ------
    InputError
        `selection` is not ``"last"``.
    """
    if protocol["selection"] != "last":
        raise InputError(
            where=f"protocol '{protocol['id']}', key 'selection'",
            found=f"'{protocol['selection']}'",
            expected="'last': trainings keep their last weights only, so that there "
            "are no predictions of other epochs to choose from",
            remedy="Use 'last' and say under 'deviations' that the publication "
            "selects otherwise",
        )


def distance_unit(benchmark: Mapping) -> str:
    """Give the unit of distances of a benchmark: mm, or px for photographs."""
    return "px" if benchmark.get("kind") == "photo" else "mm"


def protocol_metrics(protocol: Mapping, benchmark: Mapping) -> list[str]:
    """List the metrics of a protocol on a benchmark, as score files name them.

    Parameters
    ----------
    protocol : mapping
        `metrics`, and where NSD differs from the benchmark's `nsd_tolerance` and
        `nsd_spacing`.
    benchmark : mapping
        `kind` and `nsd_tolerance`.

    Returns
    -------
    list of str
        Such as ``["dice", "nsd_1vx"]``.
    """
    unit = distance_unit(benchmark)
    if protocol.get("nsd_spacing") == "voxel" and unit == "mm":
        unit = "vx"
    tolerance = protocol.get("nsd_tolerance") or benchmark["nsd_tolerance"]
    return [metric_id(family, tolerance, unit) for family in protocol["metrics"]]


def extra_nsd(protocols: Iterable[Mapping], benchmark: Mapping) -> list[str]:
    """List the NSDs that protocols ask for besides the benchmark's own."""
    own = metric_id("nsd", benchmark["nsd_tolerance"], distance_unit(benchmark))
    asked = [m for protocol in protocols for m in protocol_metrics(protocol, benchmark)]
    return sorted({m for m in asked if m.startswith("nsd_")} - {own})


def treatments(protocols: Iterable[Mapping]) -> list[str]:
    """List the post-processings that protocols ask for, `none` first."""
    asked = {protocol.get("post_processing", "none") for protocol in protocols}
    return ["none", *sorted(asked - {"none"})]


def in_words(protocol: Mapping) -> str:
    """Say in one sentence what a protocol does."""
    parts = [
        SLICES[protocol["slices"]],
        AVERAGES[protocol["average"]],
        SELECTIONS[protocol.get("selection", "last")],
        TREATMENTS[protocol.get("post_processing", "none")],
    ]
    sentence = "; ".join(parts)
    return sentence[0].upper() + sentence[1:] + "."
