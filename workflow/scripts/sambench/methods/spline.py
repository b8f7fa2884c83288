"""Smooth random fields: B-splines through a coarse grid of control points.

CSDG blends its views by them, SLAug smooths its saliency with them, AdvBias multiplies
images by them; all three take them from one implementation (Chen et al., AdvBias,
MICCAI 2020). A spline is a transposed convolution of the grid with a product of two
one-dimensional kernels, so that two small matrices give the same field.
"""

from functools import lru_cache
from math import ceil

import torch
from torch import Tensor
from torch.nn.functional import conv1d, conv_transpose1d, interpolate

from sambench.compute.constants import send


def spline_kernel(spacing: int, order: int) -> Tensor:
    """Compute the kernel of one axis: a box convolved `order` times with a box.

    The padding of each pass leaves a rim of zeros at one end, as the authors' has.

    Parameters
    ----------
    spacing : int
        Pixels between control points.
    order : int
        Order of the spline.

    Returns
    -------
    Tensor of float64, `(L,)`
    """
    box = torch.ones(1, 1, spacing, dtype=torch.float64)
    kernel = box
    for i in range(1, order + 1):
        kernel = conv1d(kernel, box, padding=i * spacing) / spacing
    return kernel[0, 0]


def control_points(side: int, spacing: int, downscale: int) -> int:
    """Count the control points that a side of an image needs."""
    return ceil((side / downscale) / spacing) + 2


@lru_cache(maxsize=64)
def spline_matrix(
    side: int, spacing: int, order: int, downscale: int, align_corners: bool
) -> Tensor:
    """Compute what maps the control points of one axis to its pixels.

    Parameters
    ----------
    side : int
        Pixels of the axis.
    spacing : int
        Pixels of the image made smaller by `downscale`, between control points.
    order : int
        Order of the spline.
    downscale : int
        The field is made this many times smaller, then interpolated linearly.
    align_corners : bool
        `align_corners` of that interpolation.

    Returns
    -------
    Tensor of float64, `(side, P)`
        `P` is that of `control_points`.
    """
    points = control_points(side, spacing, downscale)
    field = _transposed(torch.eye(points, dtype=torch.float64), spacing, order)
    surplus = spacing * (points - 2) - (spacing - 1) - side / downscale
    sign = (surplus > 0) - (surplus < 0)
    end = int(abs(surplus) // 2) * sign
    start = end + int(surplus % 2) * sign
    field = field[:, spacing + start : field.shape[1] - spacing - end]
    return _resized(field, side, align_corners)


@lru_cache(maxsize=64)
def smoothing_matrix(side: int, points: int, order: int) -> Tensor:
    """Compute what spreads a grid of cells over the whole of an axis, without a crop.

    The matrix is `(side, points)` in float64; see `spline_matrix`.
    """
    field = _transposed(torch.eye(points, dtype=torch.float64), side // points, order)
    return _resized(field, side, align_corners=True)


def spread(control: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Compute the field `(N, 1, H, W)` of control points `(N, 1, P, Q)`.

    The matrices of rows `(H, P)` and columns `(W, Q)` are those of `spline_matrix` or
    `smoothing_matrix`.
    """
    return (
        send(rows, control.device, control.dtype)
        @ control
        @ send(columns, control.device, control.dtype).T
    )


def _transposed(grid: Tensor, spacing: int, order: int) -> Tensor:
    kernel = spline_kernel(spacing, order)
    padding = (len(kernel) - 1) // 2
    return conv_transpose1d(
        grid[:, None], kernel[None, None], stride=spacing, padding=padding
    )[:, 0]


def _resized(field: Tensor, side: int, align_corners: bool) -> Tensor:
    """Interpolate the columns of `(P, L)` to `(side, P)`."""
    if field.shape[1] != side:
        field = interpolate(
            field[:, None], size=side, mode="linear", align_corners=align_corners
        )[:, 0]
    return field.T.contiguous()
