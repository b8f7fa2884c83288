"""The original of a packed slice, where it lies on another grid."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sambench.data.packed import PackedSlices
from sambench.data.slice_size import padded_size


@dataclass(frozen=True)
class Original:
    """One slice as it is in the file.

    Attributes
    ----------
    place : int
        Of the packed slice in its batch.
    case : str
        Its case.
    size : (int, int)
        Rows and columns in native pixels.
    padded : (int, int)
        Rows and columns after padding at the bottom and the right: what the packed
        slice shows.
    seed : tuple of int
        Of random prompts.
    labels : OriginalLabels
        Of all slices of the target.
    number : int
        Of the slice among those of the case that are packed.
    """

    place: int
    case: str
    size: tuple[int, int]
    padded: tuple[int, int]
    seed: tuple[int, int]
    labels: "OriginalLabels"
    number: int

    def label(self) -> np.ndarray:
        """Read the label, `(C, rows, columns)` of bool."""
        return self.labels.of_case(self.case)[self.number]


class OriginalLabels:
    """Labels on native grids; the case that was asked for last stays in memory."""

    def __init__(self, packed: PackedSlices):
        self._packed = packed
        self._case: str | None = None
        self._masks = np.empty(0, bool)

    def of_case(self, case: str) -> np.ndarray:
        """Give the labels `(n, C, rows, columns)` of a case."""
        if case != self._case:
            self._masks = self._packed.native_structure_masks(case)
            self._case = case
        return self._masks


class Originals:
    """The originals of a target's slices."""

    def __init__(self, packed: PackedSlices):
        self._packed = packed
        self._labels = OriginalLabels(packed)
        self._cases = packed.slices["case"].to_numpy()
        self._sizes = {
            case: packed.native_size(case)
            for case in packed.cases()
            if not packed.on_native_grid(case)
        }

    def of(
        self, rows: np.ndarray, seeds: Sequence[tuple[int, int]]
    ) -> Iterator[Original]:
        """List the originals of packed slices `(n,)`, where they are on another grid.

        `seeds` are those of the slices' random prompts.
        """
        for place, (row, seed) in enumerate(zip(rows, seeds, strict=True)):
            case = self._cases[row]
            if case not in self._sizes:
                continue
            size = self._sizes[case]
            yield Original(
                place,
                case,
                size,
                padded_size(self._packed.preparation, *size),
                seed,
                self._labels,
                int(np.searchsorted(self._packed.case_rows(case), row)),
            )
