"""Dice, NSD, HD95 and ASSD of one prediction, and what to say when a mask is empty."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, nan

import numpy as np

from sambench.errors import InputError
from sambench.metrics.surface import (
    TOLERANCE_SLACK,
    joint_bounding_box,
    surface_distances,
)
from sambench.metrics.surfels import surfel_share

OUTCOMES = ("scored", "both_empty", "missed", "false_positive")
"""What became of a structure in a case; `missed` and `false_positive` are failures."""


@dataclass(frozen=True)
class Measurement:
    """What one prediction scores against one label.

    Attributes
    ----------
    dice : float
        Overlap, 2 |P and L| / (|P| + |L|), in percent.
    nsd : float
        Normalised surface Dice: share of the surface voxels of both masks that lie
        within the tolerance of the other surface, in percent.
    hd95_pooled : float
        95th percentile of both directed sets of surface distances pooled into one, the
        definition of medpy. Other libraries take the larger of two percentiles.
    assd : float
        Mean of both directed sets pooled, the definition of medpy.
    outcome : str
        One of `OUTCOMES`. When both masks are empty, every value is NaN.
    """

    dice: float
    nsd: float
    hd95_pooled: float
    assd: float
    outcome: str


def image_diagonal(shape: Sequence[int], spacing: Sequence[float]) -> float:
    """Return the length of the diagonal of an image, in the unit of `spacing`."""
    return float(np.linalg.norm(np.multiply(shape, spacing)))


def measure(
    prediction: np.ndarray,
    label: np.ndarray,
    spacing: Sequence[float],
    tolerance: float,
    *,
    failure_distance: float | None = None,
) -> Measurement:
    """Score a predicted mask against a label.

    A prediction that misses the structure, or finds one that is not there, scores Dice
    0, NSD 0 and the image diagonal as its distances. If both masks are empty the
    measures do not apply and are NaN.

    Parameters
    ----------
    prediction, label : ndarray of bool, (Z, Y, X) or (Y, X)
        Whole, uncropped masks of one shape.
    spacing : sequence of float
        Distance between voxel centres along each axis, in mm (1 for pixels).
    tolerance : float
        Largest surface distance that NSD accepts, inclusive, in the unit of `spacing`.
    failure_distance : float, optional
        Distance of a failure, if the masks are part of a larger image. By default
        the diagonal of the masks' own grid.

    Raises
    ------
    InputError
        Masks of different shapes or not boolean, not two or three axes, a spacing that
        does not fit, or a negative tolerance.
    """
    _check(prediction, label, spacing, tolerance)
    predicted, labelled = bool(prediction.any()), bool(label.any())
    if not predicted and not labelled:
        return Measurement(nan, nan, nan, nan, "both_empty")
    if not predicted or not labelled:
        if failure_distance is None:
            failure_distance = image_diagonal(label.shape, spacing)
        outcome = "missed" if labelled else "false_positive"
        return Measurement(0.0, 0.0, failure_distance, failure_distance, outcome)

    distances = _distances(prediction, label, spacing)
    return Measurement(
        dice=dice(prediction, label),
        nsd=_share_within(distances, tolerance),
        hd95_pooled=float(np.percentile(distances, 95)),
        assd=float(distances.mean()),
        outcome="scored",
    )


def _distances(
    prediction: np.ndarray, label: np.ndarray, spacing: Sequence[float]
) -> np.ndarray:
    """Return both directed sets of surface distances of two masks."""
    # Cropping changes no result and spares most of the two distance transforms.
    box = joint_bounding_box(prediction, label)
    return np.concatenate(surface_distances(prediction[box], label[box], spacing))


def _share_within(distances: np.ndarray, tolerance: float) -> float:
    """Return the percent of surface distances that the tolerance accepts."""
    within = np.count_nonzero(distances <= tolerance * (1 + TOLERANCE_SLACK))
    return 100.0 * within / distances.size


def dice(prediction: np.ndarray, label: np.ndarray) -> float:
    """Return the Dice of two boolean masks of one shape alone, in percent.

    0 for a miss or a false positive, NaN if both masks are empty.
    """
    total = np.count_nonzero(prediction) + np.count_nonzero(label)
    return 100.0 * 2 * np.count_nonzero(prediction & label) / total if total else nan


def surface_share(
    prediction: np.ndarray,
    label: np.ndarray,
    spacing: Sequence[float],
    tolerance: float,
    surfel: bool = False,
) -> float:
    """Measure the NSD of one prediction alone, in percent.

    For a protocol whose tolerance, spacing or form is another than in `measure`.

    Parameters
    ----------
    prediction, label, spacing, tolerance
        As for `measure`.
    surfel : bool
        Surface elements count by their area, see `sambench.metrics.surfels`; by default
        each surface voxel counts once.

    Returns
    -------
    float
        0 for a miss or a false positive, NaN if both masks are empty.
    """
    _check(prediction, label, spacing, tolerance)
    predicted, labelled = bool(prediction.any()), bool(label.any())
    if not (predicted and labelled):
        return 0.0 if predicted or labelled else nan
    if surfel:
        return surfel_share(prediction, label, spacing, tolerance)
    return _share_within(_distances(prediction, label, spacing), tolerance)


def _check(
    prediction: np.ndarray,
    label: np.ndarray,
    spacing: Sequence[float],
    tolerance: float,
) -> None:
    for name, mask in (("prediction", prediction), ("label", label)):
        if mask.dtype != np.bool_:
            raise InputError(
                where=name,
                found=f"an array of {mask.dtype}",
                expected="a boolean mask",
                remedy="Compare the array with the label values of the structure first",
            )
    if prediction.shape != label.shape:
        raise InputError(
            where="prediction",
            found=f"shape {prediction.shape}",
            expected=f"the shape of the label, {label.shape}",
            remedy="Bring the prediction onto the grid of the label",
        )
    if label.ndim not in (2, 3):
        raise InputError(
            where="label",
            found=f"{label.ndim} axes",
            expected="(Z, Y, X) for a volume or (Y, X) for a photograph",
            remedy="Score one structure of one case at a time",
        )
    if len(spacing) != label.ndim or not all(
        isfinite(step) and step > 0 for step in spacing
    ):
        raise InputError(
            where="spacing",
            found=str(tuple(spacing)),
            expected=f"{label.ndim} positive numbers, one for each axis",
            remedy="Give the spacing of the case in mm, or 1 for each axis in pixels",
        )
    if not (isfinite(tolerance) and tolerance >= 0):
        raise InputError(
            where="tolerance",
            found=str(tolerance),
            expected="a distance of zero or more",
            remedy="Correct the tolerance",
        )
