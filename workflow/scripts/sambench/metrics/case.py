"""Score one structure of one case under every slice policy and post-processing."""

from collections.abc import Mapping, Sequence
from math import isfinite, nan

import numpy as np

from sambench.metrics.measures import image_diagonal, measure, surface_share
from sambench.metrics.names import FAMILIES, parse_interaction, parse_nsd
from sambench.metrics.postprocess import post_process


def score_masks(
    prediction: np.ndarray,
    label: np.ndarray,
    foreground: np.ndarray,
    spacing: Sequence[float],
    tolerance: float,
    about: tuple[str, ...],
    wanted: Mapping[tuple[str, str], Sequence[str]],
) -> list[tuple]:
    """Score one structure of one case under every slice policy and post-processing.

    Parameters
    ----------
    prediction, label : ndarray of bool, (Z, Y, X) or (Y, X)
        Whole masks.
    foreground : ndarray of bool, (Z,), or (1,) for a photograph
        Slices on which any structure of the case is labelled.
    spacing, tolerance : float
        In mm (1 for pixels along each axis); the tolerance is that of the NSD.
    about : tuple of str
        Case, structure and grid.
    wanted : mapping
        By slice policy and post-processing that are scored together: further NSDs.

    Returns
    -------
    list of tuple
        What `about` says, slices, post-processing, metric family, value, outcome.
    """
    failure = image_diagonal(label.shape, spacing)
    records: list[tuple] = []
    done: list[tuple[np.ndarray, dict]] = []
    for (policy, treatment), extra_nsd in wanted.items():
        treated = post_process(prediction, treatment)
        # Most predictions come out as they went in: measure them once.
        known = next((old for mask, old in done if np.array_equal(mask, treated)), None)
        if known is None:
            known = {}
            done.append((treated, known))
        # If every slice is foreground, both policies are one.
        stack = "all" if foreground.all() else policy
        extra_nsd = [name for name in extra_nsd if not parse_interaction(name)]
        key = (stack, tuple(extra_nsd))
        if key not in known:
            pair = (scored_slices(m, stack, foreground) for m in (treated, label))
            known[key] = _measured(*pair, spacing, tolerance, failure, extra_nsd)
        values, outcome = known[key]
        records.extend(
            (*about, policy, treatment, name, value, outcome)
            for name, value in values.items()
        )
    return records


def scored_slices(mask: np.ndarray, policy: str, foreground: np.ndarray) -> np.ndarray:
    """Return what a slice policy scores of a mask (Z, Y, X) or (Y, X)."""
    if policy == "all" or foreground.all():
        return mask
    # A photograph is one slice, or none.
    return np.zeros_like(mask) if mask.ndim == 2 else mask[foreground]


def named_nsd(
    prediction: np.ndarray, label: np.ndarray, spacing: Sequence[float], name: str
) -> float:
    """Measure the NSD that a name such as ``"nsd_1vx"`` asks for, in percent.

    NaN if both masks are empty, or if it is in mm and the spacing is not known.
    """
    nsd = parse_nsd(name)
    steps = (1.0,) * label.ndim if nsd.unit == "vx" else spacing
    if not all(map(isfinite, steps)):
        return nan
    return surface_share(prediction, label, steps, nsd.tolerance, nsd.surfel)


def _measured(
    prediction: np.ndarray,
    label: np.ndarray,
    spacing: Sequence[float],
    tolerance: float,
    failure_distance: float,
    extra_nsd: Sequence[str],
) -> tuple[dict[str, float], str]:
    """Measure a mask; values by family or by the name of a further NSD.

    If the spacing is not known, distances in mm are NaN rather than invented.
    """
    known = all(map(isfinite, spacing))
    steps = spacing if known else (1.0,) * label.ndim
    result = measure(
        prediction, label, steps, tolerance, failure_distance=failure_distance
    )
    values = {
        name: nan if family.spacing and not known else getattr(result, name)
        for name, family in FAMILIES.items()
    }
    for name in extra_nsd:
        values[name] = named_nsd(prediction, label, spacing, name)
    return values, result.outcome
