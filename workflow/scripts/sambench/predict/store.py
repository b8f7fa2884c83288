"""Predictions of one run on one target, as a file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sambench.atomic import atomic_path
from sambench.predict.case_masks import CaseMasks


@dataclass(frozen=True)
class Predictions:
    """Masks of a target's slices.

    Attributes
    ----------
    rows : ndarray of int64, `(n,)`
        Rows of the target's packed slices.
    masks : ndarray of bool, `(n, C, H, W)`
        A channel per structure.
    structures : list of str
        What the channels mean.
    native : mapping of str to ndarray of bool, `(n, C, rows, columns)`
        Masks on the grid of the original image, by case: of each case whose slices are
        packed on another grid, all packed slices in order.
    """

    rows: np.ndarray
    masks: np.ndarray
    structures: list[str]
    native: Mapping[str, np.ndarray] = field(default_factory=dict)


def save_predictions(path: Path, predictions: Predictions) -> None:
    """Write predictions, eight pixels a byte and compressed."""
    native = predictions.native
    if not isinstance(native, CaseMasks):
        native = CaseMasks(native)
    with atomic_path(path) as temporary:
        np.savez_compressed(
            temporary,
            rows=np.asarray(predictions.rows, np.int64),
            bits=np.packbits(predictions.masks, axis=-1),
            columns=np.int64(predictions.masks.shape[-1]),
            structures=np.array(predictions.structures, dtype=np.str_),
            **native.to_arrays(),
        )


def load_predictions(path: Path) -> Predictions:
    """Read what `save_predictions` wrote."""
    with np.load(path, allow_pickle=False) as archive:
        masks = np.unpackbits(
            archive["bits"], axis=-1, count=int(archive["columns"])
        ).astype(bool)
        return Predictions(
            archive["rows"],
            masks,
            archive["structures"].tolist(),
            CaseMasks.from_arrays(archive),
        )
