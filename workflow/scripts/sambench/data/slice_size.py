"""Sizes of a slice: of the file, padded to a square, and packed."""

import numpy as np


def padded_size(preparation: dict, rows: int, columns: int) -> tuple[int, int]:
    """Return rows and columns of a slice before it is resized, in native pixels.

    With ``square``, slices are padded to the longer side.
    """
    if preparation.get("square"):
        rows = columns = max(rows, columns)
    return rows, columns


def packed_size(preparation: dict, rows: int, columns: int) -> tuple[int, int]:
    """Return rows and columns of a prepared slice.

    Both are ``size`` pixels; null is the (padded) native size.
    """
    size = preparation.get("size")
    return padded_size(preparation, rows, columns) if size is None else (size, size)


def pad_slice(plane: np.ndarray, preparation: dict) -> np.ndarray:
    """Pad a slice with zeros at the bottom and the right, as `padded_size` says.

    Parameters
    ----------
    plane : np.ndarray
        ``(Y, X)`` or ``(Y, X, 3)``.
    preparation : dict
        With ``square``.

    Returns
    -------
    np.ndarray
        `plane` itself if nothing is added.
    """
    rows, columns = padded_size(preparation, *plane.shape[:2])
    if (rows, columns) == plane.shape[:2]:
        return plane
    added = [(0, rows - plane.shape[0]), (0, columns - plane.shape[1])]
    return np.pad(plane, added + [(0, 0)] * (plane.ndim - 2))
