"""Predictions of one run on one target, as a file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from sambench.atomic import atomic_path
from sambench.data.case_masks import CaseMasks
from sambench.data.npz import add_array, open_npz

_STEP, _NATIVE = "step/", "native/"


@dataclass(frozen=True)
class Predictions:
    """Masks of a target's slices.

    Attributes
    ----------
    rows : ndarray of int64, `(n,)`
        Rows of the target's packed slices.
    masks : ndarray of bool, `(n, C, H, W)`
        A channel per structure.
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
    with atomic_path(path) as temporary, open_npz(temporary) as archive:
        for name, array in _arrays(predictions):
            add_array(archive, name, array)
        for number, before in enumerate(predictions.steps[:-1]):
            for name, array in _arrays(before):
                add_array(archive, f"{_STEP}{number}/{name}", array)


def _arrays(predictions: Predictions) -> Iterator[tuple[str, np.ndarray]]:
    yield "rows", np.asarray(predictions.rows, np.int64)
    yield "structures", np.array(predictions.structures, dtype=np.str_)
    yield from _packed("", predictions.masks)
    for case, masks in predictions.native.items():
        yield from _packed(f"{_NATIVE}{case}/", masks)


def _packed(name: str, masks: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Return masks as the two arrays of a file: eight pixels a byte, and columns."""
    yield f"{name}bits", np.packbits(masks, axis=-1)
    yield f"{name}columns", np.array(masks.shape[-1])


def load_predictions(path: Path) -> Predictions:
    """Read what `save_predictions` wrote."""
    with np.load(path, allow_pickle=False) as archive:
        steps = {n.split("/")[1] for n in archive.files if n.startswith(_STEP)}
        before = [_read(archive, f"{_STEP}{n}/") for n in sorted(steps, key=int)]
        last = _read(archive, "")
    return replace(last, steps=[*before, last]) if before else last


def _read(archive: Mapping[str, np.ndarray], step: str) -> Predictions:
    """Read one step; masks of a case are opened one after the other."""

    def masks(name: str) -> np.ndarray:
        bits, columns = archive[f"{name}bits"], int(archive[f"{name}columns"])
        return np.unpackbits(bits, axis=-1, count=columns).view(bool)

    native, start = CaseMasks(), f"{step}{_NATIVE}"
    for name in archive:
        if name.startswith(start) and name.endswith("/bits"):
            native[name[len(start) : -len("/bits")]] = masks(name[: -len("bits")])
    structures = archive[f"{step}structures"].tolist()
    return Predictions(archive[f"{step}rows"], masks(step), structures, native)
