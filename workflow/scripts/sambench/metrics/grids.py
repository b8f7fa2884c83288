"""A case on the grids that protocols ask for: masks, foreground slices, spacing."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from sambench.data.packed import PackedSlices
from sambench.data.predictions import Predictions
from sambench.errors import InputError
from sambench.metrics.names import ANY

View = tuple[str, str, str, Sequence[str]]
"""What is scored together: grid, slices, post-processing, further NSDs."""

EVERY_VIEW: list[View] = [
    (grid, slices, "none", ())
    for grid, slices in product(("native", "packed"), ("all", "foreground"))
]


@dataclass(frozen=True)
class CaseOnGrid:
    """One case on one grid.

    Attributes
    ----------
    prediction, label : ndarray of bool, `(n, C, rows, columns)`
        In the order of the target's structures.
    foreground : ndarray of bool, `(n,)`
        Slices on which any structure is labelled on this grid.
    spacing : tuple of float
        ``(z, y, x)`` in the unit of the target.
    """

    prediction: np.ndarray
    label: np.ndarray
    foreground: np.ndarray
    spacing: tuple[float, float, float]

    def pairs(self, *, photo: bool) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return prediction and label of each structure; of a photograph in 2D."""
        both = zip(
            self.prediction.swapaxes(0, 1), self.label.swapaxes(0, 1), strict=True
        )
        return [(p[0], q[0]) if photo else (p, q) for p, q in both]


def views_by_grid(
    views: Sequence[View], one_grid: bool
) -> dict[str, dict[tuple[str, str], list[str]]]:
    """Return further NSDs by grid, then by slices and post-processing.

    If both grids are one, each view is measured once, on grid ``any``.
    """
    wanted: dict[str, dict[tuple[str, str], list[str]]] = {}
    for grid, slices, treatment, extra_nsd in views:
        on_grid = wanted.setdefault(ANY if one_grid else grid, {})
        known = on_grid.get((slices, treatment), [])
        on_grid[slices, treatment] = sorted({*known, *extra_nsd})
    return wanted


def packed_case(
    packed: PackedSlices,
    predictions: Predictions,
    rows: np.ndarray,
    places: np.ndarray,
    channels: list[int],
) -> CaseOnGrid:
    """Return a case as it is packed.

    Parameters
    ----------
    packed, predictions
        As for `sambench.metrics.score.score_target`.
    rows, places : ndarray of int, `(n,)`
        Indices of the case's slices among the packed and the predicted ones.
    channels : list of int
        Channel of the predictions for each structure of the target.

    Raises
    ------
    InputError
        Slices of different spacing.
    """
    slices = packed.slices.iloc[rows]
    steps = slices[["spacing_z", "spacing_y", "spacing_x"]].to_numpy(dtype=float)
    if not np.array_equal(steps, np.tile(steps[0], (len(steps), 1)), equal_nan=True):
        raise InputError(
            where=f"slices.parquet, case '{slices['case'].iloc[0]}'",
            found="slices of different spacing",
            expected="one spacing per case",
            remedy="Pack the domain again",
        )
    return CaseOnGrid(
        predictions.masks[places][:, channels],
        packed.structure_masks(rows),
        slices["foreground"].to_numpy(dtype=bool),
        tuple(float(step) for step in steps[0]),
    )


def native_case(
    where: str,
    packed: PackedSlices,
    predictions: Predictions,
    case: str,
    channels: list[int],
) -> CaseOnGrid:
    """Return a case as it is in its file.

    Parameters
    ----------
    where : str
        What the predictions are, for messages.
    packed, predictions, channels
        As for `packed_case`.
    case : str
        Its id.

    Raises
    ------
    InputError
        The case is not predicted on this grid.
    """
    label = packed.native_structure_masks(case)
    expected = (len(label), len(predictions.structures), *label.shape[2:])
    found = predictions.native.get(case)
    if found is None or found.shape != expected:
        raise InputError(
            where=f"{where}, case '{case}'",
            found="no masks" if found is None else f"masks of shape {found.shape}",
            expected=f"masks {expected} on the grid of the original image",
            remedy="Delete the file of predictions and predict again",
        )
    return CaseOnGrid(
        found[:, channels],
        label,
        label.any(axis=(1, 2, 3)),
        packed.native_spacing(case),
    )
