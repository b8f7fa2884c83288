"""A volume as its file stores it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


def in_words(sizes: Iterable[float], form: str = ".4g") -> str:
    """Return sizes as text, such as ``3 x 0.5 x 0.5``."""
    return " x ".join(format(size, form) for size in sizes)


class StoredGrid(NamedTuple):
    """Voxels and header of a file, before anything is turned.

    Attributes
    ----------
    array : np.ndarray
        ``(X, Y, Z)``, or with further axes.
    affine : np.ndarray
        ``(4, 4)``, from indices in the order ``(x, y, z)`` to mm in the directions of
        NIfTI.
    doubts : tuple of str
        What the header contradicts itself in, in words.
    """

    array: np.ndarray
    affine: np.ndarray
    doubts: tuple[str, ...] = ()


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
        ``(Z, Y, X)``: slices, rows, columns.
    spacing : tuple of float
        ``(z, y, x)`` in mm.
    affine : np.ndarray
        ``(4, 4)`` matrix in mm in the directions of NIfTI, for indices in the order
        ``(x, y, z)``.
    doubts : tuple of str
        What the header contradicts itself in, in words; empty for a sound one.
    """

    array: np.ndarray
    spacing: tuple[float, float, float]
    affine: np.ndarray
    doubts: tuple[str, ...] = ()
