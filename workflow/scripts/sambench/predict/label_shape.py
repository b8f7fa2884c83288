"""The predictor of controls: a mask made from the label. Needs no torch."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from sambench.predict import SHAPES
from sambench.predict.case_slices import CaseSlices


class LabelShapePredictor:
    """Answer with a shape made from the label, on each grid from the label there.

    The recipe's `shape` is the name of one of `SHAPES`; one thread is enough.
    """

    def __init__(
        self, recipe: dict[str, Any], structures: Sequence[str], threads: int = 1
    ):
        self._shape = SHAPES[recipe["shape"]]

    def __call__(self, case: CaseSlices) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the shapes on the packed and on the native grid."""
        masks = self._shape(case.labels())
        if case.native_size is None:
            return masks, None
        return masks, self._shape(case.native_labels())


def label_shape(labels: np.ndarray) -> np.ndarray:
    """Return the label itself, `(Z, C, H, W)` of bool."""
    return labels.copy()


def empty_shape(labels: np.ndarray) -> np.ndarray:
    """Return empty masks."""
    return np.zeros_like(labels)


def box_shape(labels: np.ndarray) -> np.ndarray:
    """Return the filled bounding box of each label in each slice."""
    rows = _between(labels.any(axis=-1))
    columns = _between(labels.any(axis=-2))
    return rows[..., :, None] & columns[..., None, :]


def ellipse_shape(labels: np.ndarray) -> np.ndarray:
    """Return the ellipse inscribed in the bounding box of each label in each slice.

    A pixel belongs to it if its centre does. The box's edges are those of its outer
    pixels, so that of one pixel, one row or one column all is kept.
    """
    rows, columns = labels.any(axis=-1), labels.any(axis=-2)
    y, x = _across(rows)[..., :, None], _across(columns)[..., None, :]
    return x**2 + y**2 <= 1


def _across(marked: np.ndarray) -> np.ndarray:
    """Measure each index of the last axis from -1 to 1, the edges of what is marked.

    Infinite if nothing is marked.
    """
    between = _between(marked)
    length = between.sum(axis=-1, keepdims=True)
    first = between.argmax(axis=-1)[..., None]
    centres = np.arange(marked.shape[-1]) + 0.5 - first
    with np.errstate(divide="ignore"):
        return np.where(length > 0, 2 * centres / np.maximum(length, 1) - 1, np.inf)


def _between(marked: np.ndarray) -> np.ndarray:
    """Mark everything from the first to the last marked index of the last axis."""
    started = np.logical_or.accumulate(marked, axis=-1)
    unfinished = np.logical_or.accumulate(marked[..., ::-1], axis=-1)[..., ::-1]
    return started & unfinished
