"""The predictor of controls: a mask made from the label. Needs no torch."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from sambench.predict.case_slices import CaseSlices
from sambench.registry import Registry

SHAPES = Registry(
    "shape",
    {
        name: f"sambench.predict.label_shape:{name}_shape"
        for name in ("label", "empty", "box")
    },
    given=("labels",),
)


class LabelShapePredictor:
    """Answer with a shape made from the label, on each grid from the label there.

    Parameters
    ----------
    recipe : dict
        With `shape`, the name of one of `SHAPES`.
    structures : sequence of str
        Structures of the target.
    threads : int
        No influence: one thread is enough.
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


def _between(marked: np.ndarray) -> np.ndarray:
    """Mark everything from the first to the last marked index of the last axis."""
    started = np.logical_or.accumulate(marked, axis=-1)
    unfinished = np.logical_or.accumulate(marked[..., ::-1], axis=-1)[..., ::-1]
    return started & unfinished
