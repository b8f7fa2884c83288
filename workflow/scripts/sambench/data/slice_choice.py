"""Which slices of a volume are kept, by what is labelled on them.

A rule is the key ``slices`` of a preparation::

    min_voxels: a case needs more labelled voxels than this
    drop_last: whether the last labelled slice goes
    min_pixels: a slice needs more labelled pixels than this, after resizing
    min_slices: a case needs at least this many slices

With a rule, slices before the first and after the last labelled one go as well. MedSAM
v0 has 1000, true, 100 and 2: its ``range(z_min, z_max)`` drops the last slice.
"""

import numpy as np


def labelled_span(mask: np.ndarray, rule: dict) -> np.ndarray:
    """Choose slices of a mask ``(Z, Y, X)`` bool before resizing.

    Returns
    -------
    np.ndarray
        Indices ``(n,)`` int64, ascending; none if the case is left out.
    """
    labelled = np.flatnonzero(mask.any(axis=(1, 2)))
    if not labelled.size or np.count_nonzero(mask) <= rule.get("min_voxels", 0):
        return np.empty(0, np.int64)
    last = labelled[-1] if rule.get("drop_last") else labelled[-1] + 1
    return np.arange(labelled[0], last)


def large_enough(mask: np.ndarray, rule: dict) -> np.ndarray:
    """Choose among slices of a mask ``(n, H, W)`` bool after resizing.

    Returns
    -------
    np.ndarray
        Positions ``(m,)`` int64, ascending; none if the case is left out.
    """
    pixels = np.count_nonzero(mask, axis=(1, 2))
    # A slice without a label never stays, whatever the limit.
    kept = np.flatnonzero(pixels > rule.get("min_pixels", 0))
    return kept if len(kept) >= rule.get("min_slices", 1) else kept[:0]
