"""The slices of one case: what a predictor is given."""

import zlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sambench.data.packed import PackedSlices
from sambench.data.slice_size import padded_size


@dataclass(frozen=True)
class CaseSlices:
    """All slices of one case that are packed.

    Attributes
    ----------
    packed : PackedSlices
        The target.
    case : str
        Case id.
    cached : ndarray, `(N, ...)`, optional
        What the frozen part of a network computed for every slice of the target.
    """

    packed: PackedSlices
    case: str
    cached: np.ndarray | None = None

    @property
    def rows(self) -> np.ndarray:
        """Rows `(Z,)` in the target, in slice order."""
        return self.packed.case_rows(self.case)

    @property
    def native_size(self) -> tuple[int, int] | None:
        """Rows and columns in the file; None if the slices are packed on that grid."""
        if self.packed.on_native_grid(self.case):
            return None
        return self.packed.native_size(self.case)

    @property
    def padded_size(self) -> tuple[int, int]:
        """Rows and columns that a packed slice shows, in native pixels."""
        size = self.packed.native_size(self.case)
        return padded_size(self.packed.preparation, *size)

    @cached_property
    def images(self) -> np.ndarray:
        """The packed images, `(Z, H, W)` or `(Z, H, W, 3)`, read once."""
        return self.packed.images[self.rows]

    def labels(self) -> np.ndarray:
        """Read the packed label masks, `(Z, C, H, W)` of bool."""
        return self.packed.structure_masks(self.rows)

    def native_labels(self) -> np.ndarray:
        """Read the label masks on the grid of the file, `(Z, C, rows, columns)`."""
        return self.packed.native_structure_masks(self.case)

    def seeds(self) -> list[tuple[int, int]]:
        """Return the seeds of random prompts, by case and slice.

        They depend on nothing else, so that every method and every seed of a training
        sees the same prompts.
        """
        name = zlib.crc32(f"{self.packed.domain}/{self.case}".encode())
        numbers = self.packed.slices["slice"].iloc[self.rows]
        return [(name, int(number)) for number in numbers]
