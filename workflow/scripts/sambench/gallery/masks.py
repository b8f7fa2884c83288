"""Masks as runs of pixels: small enough to stand in a page by the thousand."""

import numpy as np


def runs_of(mask: np.ndarray) -> list[int]:
    """Encode a mask `(H, W)` as alternating lengths of background and structure.

    Row by row, beginning with background, which may be 0 long. The last run of
    background is left out, so that an empty mask is [].
    """
    flat = np.concatenate([[False], np.asarray(mask, bool).ravel(), [False]])
    edges = np.flatnonzero(flat[1:] != flat[:-1])
    return np.diff(edges, prepend=0).tolist() if len(edges) else []
