"""The order of axes: packed slices have channels last, networks take them first."""

import numpy as np


def channels_first(slices: np.ndarray) -> np.ndarray:
    """Return packed slices `(n, H, W)` or `(n, H, W, 3)` as `(n, K, H, W)`, copied."""
    moved = np.moveaxis(slices, -1, 1) if slices.ndim == 4 else slices[:, None]
    return np.array(moved, order="C")
