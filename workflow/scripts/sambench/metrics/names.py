"""Names in score files; of metrics, words in tables and which end is good, too."""

import re
from typing import NamedTuple

from sambench.errors import unknown_name

ANY = "any"
"""A `selection` if no training chose weights, a `grid` if both grids are one."""


class Family(NamedTuple):
    """What tables, ranks and the page have to know of a measure.

    Attributes
    ----------
    label : str
        Words in tables.
    distance : bool
        Whether its unit is that of distances; otherwise it is in percent.
    lower_is_better : bool
        Whether 0 is the value of a perfect prediction; otherwise it is 100.
    spacing : bool
        Whether it needs the spacing of the image.
    """

    label: str
    distance: bool = False
    lower_is_better: bool = False
    spacing: bool = True


FAMILIES = {
    "dice": Family("Dice", spacing=False),
    "nsd": Family("NSD"),
    "hd95_pooled": Family("HD95 (pooled)", distance=True, lower_is_better=True),
    "assd": Family("ASSD", distance=True, lower_is_better=True),
}
"""Measured of every prediction: the fields of `Measurement`."""

INTERACTIVE = ("dice_auc", "nsd_surfel_auc", "dice_final", "nsd_surfel_final")
"""Of methods that are clicked: area under all clicks, and after the last."""

NAMED = (*FAMILIES, "nsd_surfel", *INTERACTIVE)
"""What a protocol may list; an NSD gets its tolerance and unit in its name."""

_NSD = re.compile(r"^nsd_(?P<surfel>surfel_)?(?P<tolerance>[0-9.]+)(?P<unit>mm|px|vx)$")
_INTERACTION = re.compile(r"^(?P<measure>.+)_(?P<part>auc|final|after_[0-9]+)$")


class Nsd(NamedTuple):
    """What the name of an NSD says.

    Attributes
    ----------
    tolerance : float
        Largest surface distance that counts, in `unit`: ``"mm"``, ``"px"`` or ``"vx"``.
    surfel : bool
        Whether surface elements count by their area, or each surface voxel once.
    """

    tolerance: float
    unit: str
    surfel: bool


def metric_id(family: str, tolerance: float, unit: str) -> str:
    """Return the identifier of a metric in score files.

    Parameters
    ----------
    family : str
        One of `NAMED`.
    tolerance : float
        NSD tolerance of the protocol or the benchmark, in `unit`.
    unit : str
        Unit of distances: ``"mm"``, ``"px"`` (photographs), or ``"vx"`` if a volume
        is measured in voxels of its grid, as if each were a cube.

    Returns
    -------
    str
        Such as ``"dice"``, ``"nsd_2mm"`` or ``"nsd_surfel_2mm"``.

    Raises
    ------
    InputError
        The family is not known.
    """
    if family not in NAMED:
        raise unknown_name("metrics", "metric", family, NAMED)
    if family in INTERACTIVE:
        measure, part = family.rsplit("_", 1)
        return f"{metric_id(measure, tolerance, unit)}_{part}"
    return f"{family}_{tolerance:g}{unit}" if family.startswith("nsd") else family


def parse_interaction(metric: str) -> tuple[str, str] | None:
    """Return measure and part of a metric of clicks, such as ("dice", "after_3").

    None for others. Identifiers are such as ``"nsd_surfel_2mm_auc"`` or
    ``"dice_final"``.
    """
    match = _INTERACTION.match(metric)
    return (match["measure"], match["part"]) if match else None


def parse_nsd(metric: str) -> Nsd | None:
    """Read an NSD off its identifier, such as ``"nsd_1vx"``; None for other metrics."""
    match = _NSD.match(metric)
    if match is None:
        return None
    return Nsd(float(match["tolerance"]), match["unit"], match["surfel"] is not None)


def metric_unit(metric: str, unit: str) -> str:
    """Return the unit of a metric: percent, `unit` of a distance, most of an area."""
    if metric.endswith("_auc"):
        return "of 4"
    return unit if _family(metric).distance else "%"


def metric_label(metric: str) -> str:
    """Return the words for a metric, such as ``"NSD at 2 mm"``."""
    interaction = parse_interaction(metric)
    if interaction:
        measure, part = interaction
        of_clicks = {"auc": "area under the clicks", "final": "after the last click"}
        words = of_clicks.get(part, f"after click {part.removeprefix('after_')}")
        return f"{metric_label(measure)}, {words}"
    nsd = parse_nsd(metric)
    if nsd:
        form = FAMILIES["nsd"].label + (" (surfels)" if nsd.surfel else "")
        return (
            f"{form} at {nsd.tolerance:g} {'voxel' if nsd.unit == 'vx' else nsd.unit}"
        )
    return _family(metric).label


def lower_is_better(metric: str) -> bool:
    """Return whether a lower value of a metric is better."""
    return _family(metric).lower_is_better


def best_value(metric: str) -> float:
    """Return the value of a perfect prediction: 0 if lower is better, else 100 percent.

    The area under five clicks, each of 100 percent, is at most 4.
    """
    if metric.endswith("_auc"):
        return 4.0
    return 0.0 if lower_is_better(metric) else 100.0


def _family(metric: str) -> Family:
    """Return the family of a metric, whatever its tolerance, unit or clicks."""
    interaction = parse_interaction(metric)
    measure = interaction[0] if interaction else metric
    name = "nsd" if parse_nsd(measure) else measure
    if name not in FAMILIES:
        known = [*(name for name in FAMILIES if name != "nsd"), "nsd_2mm", "nsd_2px"]
        raise unknown_name("metric", "metric", metric, known)
    return FAMILIES[name]
