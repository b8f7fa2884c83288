"""Interpolation by splines and filters of one axis, as `scipy.ndimage` defines them.

Filters of one axis are matrices: batched products run well on every device, and borders
are exact by construction.
"""

from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import grid_sample

from sambench.compute.constants import send

EDGE = 12  # pixels that scipy adds at edges before it computes splines


def gaussian_matrices(sigmas: Tensor, size: int, reflect: bool) -> Tensor:
    """Return the Gaussian filters of one axis as matrices, `(n, size, size)`.

    As `scipy.ndimage.gaussian_filter`: cut off at four deviations, normalised before
    anything is cut off at the border.

    Parameters
    ----------
    sigmas : Tensor, `(n,)`
        Standard deviations in pixels, above 0.
    size : int
        Pixels of the axis.
    reflect : bool
        Whether the image goes on mirrored beyond its border (`reflect` of scipy); else
        with 0 (`constant`).
    """
    sigmas = sigmas[:, None, None]
    radius = (4 * sigmas + 0.5).floor()
    index = torch.arange(size, device=sigmas.device, dtype=sigmas.dtype)
    apart = index[:, None] - index

    def taps(distance: Tensor) -> Tensor:
        weights = torch.exp(-0.5 * (distance / sigmas).square())
        return weights * (distance.abs() <= radius)

    reach = int(radius.max()) if sigmas.device.type == "cpu" else 4 * size
    offsets = torch.arange(-reach, reach + 1, device=sigmas.device, dtype=sigmas.dtype)
    total = taps(offsets).sum(-1, keepdim=True)
    matrices = taps(apart)
    if reflect:  # pixel -1 - j stands for j, and 2 * size - 1 - j too
        together = index[:, None] + index + 1
        matrices = matrices + taps(together) + taps(together - 2 * size)
    return matrices / total


def sample(images: Tensor, positions: Tensor, order: int) -> Tensor:
    """Interpolate images `(n, K, H, W)` at positions; what lies outside of them is 0.

    As `scipy.ndimage.map_coordinates` with `mode="constant"`: beyond the centres of the
    outer pixels nothing is interpolated. Positions `(n, 2, H, W)` are row and column in
    pixels; of order 1 it is linear, of order 3 by cubic splines.
    """
    size = send(images.shape[2:], positions.device, positions.dtype).view(1, 2, 1, 1)
    inside = ((positions >= 0) & (positions <= size - 1)).all(1, keepdim=True)
    if order == 1:
        found = _linear(images, positions, size)
    else:
        found = _cubic(images, positions, size)
    return found * inside


def _linear(images: Tensor, positions: Tensor, size: Tensor) -> Tensor:
    grid = (2 * positions / (size - 1).clamp(min=1) - 1).flip(1).permute(0, 2, 3, 1)
    return grid_sample(images, grid, padding_mode="reflection", align_corners=True)


def _cubic(images: Tensor, positions: Tensor, size: Tensor) -> Tensor:
    """Evaluate cubic B-splines from four linear samples (Sigg and Hadwiger, 2005)."""
    rows, columns = (
        send(spline_coefficients(side), images.device, images.dtype)
        for side in images.shape[2:]
    )
    splines = rows @ images @ columns.T
    whole = positions.floor()
    t = positions - whole
    weights = _spline_weights(t)
    pairs = torch.stack([weights[0] + weights[1], weights[2] + weights[3]], 1)
    places = torch.stack(
        [whole - 1 + weights[1] / pairs[:, 0], whole + 1 + weights[3] / pairs[:, 1]], 1
    )
    # both rows with both columns, all four below one another in one image of samples
    rows, columns = places[:, :, None, 0], places[:, None, :, 1]
    at = torch.stack(torch.broadcast_tensors(rows, columns), 3)  # (n, 2, 2, 2, H, W)
    weight = pairs[:, :, None, 0] * pairs[:, None, :, 1]
    below = at.movedim(3, 1).flatten(2, 4)
    found = _linear(splines, below, size).unflatten(2, (4, -1))
    return (found * weight.flatten(1, 2)[:, None]).sum(2)


def _spline_weights(t: Any) -> tuple[Any, Any, Any, Any]:
    """Return the weights of four neighbours at `t`, 0 to 1, after the second."""
    return (
        (1 - t) ** 3 / 6,
        2 / 3 - t**2 * (2 - t) / 2,
        2 / 3 - (1 - t) ** 2 * (1 + t) / 2,
        t**3 / 6,
    )


@lru_cache(maxsize=16)
def spline_coefficients(size: int) -> Tensor:
    """Return the matrix from samples to coefficients of cubic splines, mirrored ends.

    Returns
    -------
    Tensor of float32, `(size, size)`
    """
    matrix = np.zeros((size, size))
    for row in range(size):
        for column, weight in ((row - 1, 1 / 6), (row, 2 / 3), (row + 1, 1 / 6)):
            mirrored = abs(column)
            if mirrored >= size:
                mirrored = 2 * size - 2 - mirrored
            matrix[row, mirrored if size > 1 else 0] += weight
    return torch.from_numpy(np.linalg.inv(matrix)).float()


@lru_cache(maxsize=256)
def coarse_and_back(size: int, coarse: int) -> tuple[Tensor, Tensor]:
    """Make an axis coarser by nearest pixels and finer again by cubic splines.

    As `skimage.transform.resize` of order 0, then of order 3, with `mode="edge"`.

    Parameters
    ----------
    size, coarse : int
        Pixels of the axis, and in between.

    Returns
    -------
    matrix : Tensor of float32, `(size, size)`
        Both steps together.
    kept : Tensor of int64, `(size,)`
        A pixel that is kept in between, the nearest for each pixel.
    """
    centres = (np.arange(coarse) + 0.5) * (size / coarse) - 0.5  # rounds as scipy does
    kept = np.clip(np.floor(centres + 0.5), 0, size - 1).astype(int)
    positions = (np.arange(size) + 0.5) * (coarse / size) - 0.5
    whole = np.floor(positions).astype(int)
    t = positions - whole
    weights = _spline_weights(t)
    # coefficients are samples filtered by sqrt(3) * (sqrt(3) - 2) ** distance
    decay = np.sqrt(3) * (np.sqrt(3) - 2) ** np.arange(coarse + 3 * EDGE)
    apart = whole[:, None] - np.arange(-EDGE, coarse + EDGE)
    filtered = sum(
        weight[:, None] * decay[np.abs(apart + step)]
        for step, weight in enumerate(weights, start=-1)
    )
    inner = filtered[:, EDGE:-EDGE].copy()
    inner[:, 0] += filtered[:, :EDGE].sum(1)  # the pixels added at the edges
    inner[:, -1] += filtered[:, -EDGE:].sum(1)
    matrix = np.zeros((size, size), np.float32)
    matrix[:, kept] = inner
    nearest = np.clip(np.rint(positions), 0, coarse - 1).astype(int)
    return torch.from_numpy(matrix), torch.from_numpy(kept[nearest])
