"""A volume, and the grid that its file stores it on."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


def in_words(sizes: Iterable[float], form: str = ".4g") -> str:
    """Return sizes as text, such as ``3 x 0.5 x 0.5``."""
    return " x ".join(format(size, form) for size in sizes)


class Grid(NamedTuple):
    """What is needed to bring another volume of a case to the order of its arrays.

    Attributes
    ----------
    affine : np.ndarray or None
        ``(4, 4)`` as stored; None if it is not known, or not to be trusted.
    shape : tuple of int
        ``(x, y, z)`` as stored.
    turn : np.ndarray
        ``(3, 2)``, see `sambench.data.geometry.turn_to_ras`.
    """

    affine: np.ndarray | None
    shape: tuple[int, int, int]
    turn: np.ndarray

    def as_json(self) -> dict:
        """Return plain values, in whole numbers but for the affine."""
        affine = None if self.affine is None else self.affine.tolist()
        turn = np.asarray(self.turn, int).tolist()
        return {"affine": affine, "shape": list(self.shape), "turn": turn}


@dataclass(frozen=True)
class Volume:
    """A volume in the order that SimpleITK would give it.

    Parameters
    ----------
    array : np.ndarray
        ``(Z, Y, X)``: slices, rows, columns; further axes of a file come before them.
    affine : np.ndarray or None
        ``(4, 4)`` matrix in mm in the directions of NIfTI, for indices in the order
        ``(x, y, z)``; None if nothing is known of the grid.
    doubts : tuple of str
        What the header contradicts itself in, in words; empty for a sound one.
    """

    array: np.ndarray
    affine: np.ndarray | None
    doubts: tuple[str, ...] = ()

    @property
    def spacing(self) -> tuple[float, float, float] | None:
        """Voxel size ``(z, y, x)`` in mm."""
        if self.affine is None:
            return None
        return tuple(float(size) for size in voxel_sizes(self.affine)[::-1])


def voxel_sizes(affine: np.ndarray) -> np.ndarray:
    """Return the spacing ``(x, y, z)`` in mm."""
    return np.linalg.norm(affine[:3, :3], axis=0)
