"""Predictions of one run on one target, as a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from sambench.atomic import atomic_path
from sambench.data.case_masks import CaseMasks

_STEP = "step/"


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
    steps : sequence of Predictions
        After 0, 1, 2 ... clicks, the last of which are these; empty if the method takes
        no clicks.
    """

    rows: np.ndarray
    masks: np.ndarray
    structures: list[str]
    native: Mapping[str, np.ndarray] = field(default_factory=dict)
    steps: Sequence["Predictions"] = ()


def save_predictions(path: Path, predictions: Predictions) -> None:
    """Write predictions, eight pixels a byte and compressed."""
    arrays = {}
    for number, before in enumerate(predictions.steps[:-1]):
        named = _arrays(before).items()
        arrays |= {f"{_STEP}{number}/{name}": array for name, array in named}
    with atomic_path(path) as temporary:
        np.savez_compressed(temporary, **_arrays(predictions), **arrays)


def _arrays(predictions: Predictions) -> dict[str, np.ndarray]:
    native = predictions.native
    if not isinstance(native, CaseMasks):
        native = CaseMasks(native)
    return {
        "rows": np.asarray(predictions.rows, np.int64),
        "bits": np.packbits(predictions.masks, axis=-1),
        "columns": np.int64(predictions.masks.shape[-1]),
        "structures": np.array(predictions.structures, dtype=np.str_),
        **native.to_arrays(),
    }


def load_predictions(path: Path) -> Predictions:
    """Read what `save_predictions` wrote."""
    with np.load(path, allow_pickle=False) as archive:
        steps: dict[str, dict[str, np.ndarray]] = {}
        last = {}
        for name in archive:
            if name.startswith(_STEP):
                number, own = name.removeprefix(_STEP).split("/", 1)
                steps.setdefault(number, {})[own] = archive[name]
            else:
                last[name] = archive[name]
        predictions = _of_arrays(last)
        before = [_of_arrays(steps[number]) for number in sorted(steps, key=int)]
        if before:
            return replace(predictions, steps=[*before, predictions])
        return predictions


def _of_arrays(arrays: Mapping[str, np.ndarray]) -> Predictions:
    masks = np.unpackbits(arrays["bits"], axis=-1, count=int(arrays["columns"]))
    return Predictions(
        arrays["rows"],
        masks.astype(bool),
        arrays["structures"].tolist(),
        CaseMasks.from_arrays(arrays),
    )
