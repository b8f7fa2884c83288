"""Names of metrics: identifiers in score files, words in tables, which end is good."""

import re

from sambench.errors import unknown_name

FAMILIES = ("dice", "nsd", "hd95_pooled", "assd")
"""What a protocol may list; `nsd` gets its tolerance and unit in its name."""

_NSD = re.compile(r"^nsd_(?P<tolerance>[0-9.]+)(?P<unit>mm|px|vx)$")
_WORDS = {"dice": "Dice", "hd95_pooled": "HD95 (pooled)", "assd": "ASSD"}


def metric_id(family: str, tolerance: float, unit: str) -> str:
    """Give the identifier of a metric in score files.

    Parameters
    ----------
    family : str
        One of `FAMILIES`.
    tolerance : float
        NSD tolerance of the protocol or the benchmark, in `unit`.
    unit : str
        Unit of distances: ``"mm"``, ``"px"`` (photographs), or ``"vx"`` where a volume
        is measured in voxels of its grid, as if each were a cube.

    Returns
    -------
    str
        Such as ``"dice"`` or ``"nsd_2mm"``.

    Raises
    ------
    InputError
        The family is not known.
    """
    if family not in FAMILIES:
        raise unknown_name("metrics", "metric", family, FAMILIES)
    return f"nsd_{tolerance:g}{unit}" if family == "nsd" else family


def parse_nsd(metric: str) -> tuple[float, str] | None:
    """Give tolerance and unit of an NSD, or None for any other metric.

    Parameters
    ----------
    metric : str
        Identifier in score files, such as ``"nsd_1vx"``.
    """
    match = _NSD.match(metric)
    return (float(match["tolerance"]), match["unit"]) if match else None


def metric_unit(metric: str, unit: str) -> str:
    """Give the unit of a metric: percent, or `unit` when it is a distance."""
    return unit if is_distance(metric) else "%"


def metric_label(metric: str) -> str:
    """Give the words for a metric, such as ``"NSD at 2 mm"``."""
    match = _NSD.match(metric)
    if match:
        unit = "voxel" if match["unit"] == "vx" else match["unit"]
        return f"NSD at {match['tolerance']} {unit}"
    if metric not in _WORDS:
        raise unknown_name("metric", "metric", metric, [*_WORDS, "nsd_2mm", "nsd_2px"])
    return _WORDS[metric]


def is_distance(metric: str) -> bool:
    """Say whether a metric is a distance, so that lower is better."""
    return metric in ("hd95_pooled", "assd")


def best_value(metric: str) -> float:
    """Give the value of a perfect prediction: 0 for a distance, else 100 percent."""
    return 0.0 if is_distance(metric) else 100.0
