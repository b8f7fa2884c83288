"""A case on the grids that protocols ask for: its label, its answers, its spacing."""

from collections.abc import Sequence

import numpy as np

from sambench.data.packed import PackedSlices
from sambench.data.predictions import Predictions
from sambench.errors import InputError
from sambench.metrics.names import ANY

View = tuple[str, str, str, Sequence[str]]
"""What is scored together: grid, slices, post-processing, further NSDs."""


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


def label_on(
    grid: str, packed: PackedSlices, case: str
) -> tuple[np.ndarray, tuple[float, ...]]:
    """Return the label of a case on a grid, `(n, C, rows, columns)`, and its spacing.

    A slice, then a structure of the target; spacing ``(z, y, x)`` in its unit.
    """
    if grid == "native":
        return packed.native_structure_masks(case), packed.native_spacing(case)
    return packed.structure_masks(packed.case_rows(case)), packed.case_spacing(case)


def answer_on(
    grid: str,
    where: str,
    predictions: Predictions,
    case: str,
    places: np.ndarray,
    shape: tuple[int, ...],
) -> np.ndarray:
    """Return the predicted masks of a case on a grid, `(n, C, rows, columns)`.

    Parameters
    ----------
    where : str
        What the predictions are, for messages.
    places : ndarray of int, `(n,)`
        Indices of the case's slices among the predicted ones.
    shape : tuple of int
        That of its label.

    Raises
    ------
    InputError
        The case is not predicted on the grid of its file.
    """
    if grid != "native":
        return predictions.masks[places]
    found = predictions.native.get(case)
    if found is None or found.shape != shape:
        raise InputError(
            where=f"{where}, case '{case}'",
            found="no masks" if found is None else f"masks of shape {found.shape}",
            expected=f"masks {shape} on the grid of the original image",
            remedy="Delete the file of predictions and predict again",
        )
    return found
