"""Masks as runs of pixels: small enough to stand in a page by the thousand."""

import numpy as np


def runs_of(mask: np.ndarray) -> list[int]:
    """Encode a mask as alternating lengths of background and structure, row by row.

    Parameters
    ----------
    mask : ndarray of bool, `(H, W)`

    Returns
    -------
    list of int
        Begins with background, which may be 0 long; the last run of background is left
        out, so that an empty mask is [].
    """
    flat = np.concatenate([[False], np.asarray(mask, bool).ravel(), [False]])
    edges = np.flatnonzero(flat[1:] != flat[:-1])
    return np.diff(edges, prepend=0).tolist() if len(edges) else []


def mask_of(runs: list[int], shape: tuple[int, int]) -> np.ndarray:
    """Decode what `runs_of` returned into a mask `(H, W)`."""
    flat = np.zeros(shape[0] * shape[1], bool)
    start = 0
    for index, length in enumerate(runs):
        flat[start : start + length] = index % 2 == 1
        start += length
    return flat.reshape(shape)
