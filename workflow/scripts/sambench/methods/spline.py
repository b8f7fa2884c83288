"""Smooth random fields: B-splines through a coarse grid of control points.

CSDG blends its views by them, SLAug smooths its saliency with them, AdvBias multiplies
images by them; all three take them from one implementation (Chen et al., AdvBias,
MICCAI 2020). A spline is a transposed convolution of the grid with a product of two
one-dimensional kernels, so that two small matrices give the same field.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil

import torch
from torch import Tensor
from torch.nn.functional import conv1d, conv_transpose1d, interpolate

from sambench.compute.constants import send
from sambench.models.full_precision import full_precision


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


@dataclass(frozen=True)
class SplineField:
    """A smooth field over images of any size, by control points.

    Parameters
    ----------
    cells : int
        Control points are a cells-th of each side apart.
    downscale : int
        The field is made this many times smaller, then interpolated linearly.
    order : int
        Order of the spline.
    align_corners : bool
        `align_corners` of that interpolation.
    spacing : int, optional
        Pixels between control points in place of `cells`, of the image made smaller.
    """

    cells: int
    downscale: int
    order: int
    align_corners: bool
    spacing: int | None = None

    def points(self, shape: Sequence[int]) -> tuple[int, int]:
        """Count the control points along rows and columns of an image `(H, W)`."""
        return tuple(
            ceil((side / self.downscale) / self._spacing(side)) + 2 for side in shape
        )

    def field(self, control: Tensor, shape: Sequence[int]) -> Tensor:
        """Compute the field `(N, 1, H, W)` of control points `(N, 1, P, Q)`."""
        return spread(control, *map(self._matrix, shape, self.points(shape)))

    def _spacing(self, side: int) -> int:
        return self.spacing or max(side // self.cells // self.downscale, 1)

    @lru_cache(maxsize=64)  # noqa: B019 (equal fields share their matrices)
    def _matrix(self, side: int, points: int) -> Tensor:
        """Compute what maps control points of an axis to its pixels, `(side, P)`."""
        spacing = self._spacing(side)
        field = _transposed(torch.eye(points, dtype=torch.float64), spacing, self.order)
        surplus = spacing * (points - 2) - (spacing - 1) - side / self.downscale
        sign = (surplus > 0) - (surplus < 0)
        end = int(abs(surplus) // 2) * sign
        start = end + int(surplus % 2) * sign
        field = field[:, spacing + start : field.shape[1] - spacing - end]
        return _resized(field, side, self.align_corners)


@lru_cache(maxsize=64)
def smoothing_matrix(side: int, points: int, order: int) -> Tensor:
    """Compute what spreads a grid of cells over the whole of an axis, without a crop.

    The matrix is `(side, points)` in float64.
    """
    field = _transposed(torch.eye(points, dtype=torch.float64), side // points, order)
    return _resized(field, side, align_corners=True)


def spread(control: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Compute the field `(N, 1, H, W)` of control points `(N, 1, P, Q)`.

    By the matrices of rows `(H, P)` and columns `(W, Q)`, never in half precision.
    """
    rows, columns = (send(x, control.device, control.dtype) for x in (rows, columns))
    with full_precision(control.device):
        return rows @ control @ columns.T


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
