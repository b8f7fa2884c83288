"""Resampling of images at given positions, in batches."""

from functools import lru_cache

import torch
from torch import Tensor
from torch.nn.functional import conv2d, grid_sample, pad

from sambench.compute.constants import send


def pixel_positions(height: int, width: int, like: Tensor) -> Tensor:
    """Return the positions of pixels as (x, y), `(H, W, 2)`."""
    rows, columns = (
        torch.arange(side, dtype=like.dtype, device=like.device)
        for side in (height, width)
    )
    y, x = torch.meshgrid(rows, columns, indexing="ij")
    return torch.stack([x, y], dim=-1)


def sample_at(
    images: Tensor, positions: Tensor, border: str = "zeros", mode: str = "bilinear"
) -> Tensor:
    """Read images at positions.

    Parameters
    ----------
    images : Tensor, `(N, C, H, W)`
        Floating point.
    positions : Tensor, `(N, H, W, 2)`
        x and y in pixels; the centre of the first pixel is (0, 0).
    border : "zeros" or "reflection"
        What lies outside: 0, or the image mirrored at its edge.
    mode : "bilinear" or "nearest"
        Mode of interpolation.
    """
    height, width = images.shape[2:]
    size = send([width, height], positions.device, positions.dtype)
    grid = (2 * positions + 1) / size - 1
    return grid_sample(
        images, grid, mode=mode, padding_mode=border, align_corners=False
    )


@lru_cache(maxsize=32)
def gaussian_kernel(sigma: float, radius: int) -> Tensor:
    """Compute a kernel of one axis, float64, `(2 * radius + 1,)`, of sum 1."""
    offsets = torch.arange(-radius, radius + 1, dtype=torch.float64)
    kernel = torch.exp(-offsets.square() / (2 * sigma**2))
    return kernel / kernel.sum()


def smooth(images: Tensor, kernel: Tensor) -> Tensor:
    """Convolve rows and columns with kernels, mirrored about the edge pixels.

    Parameters
    ----------
    images : Tensor, `(N, C, H, W)`
        Sides larger than the kernel's radius.
    kernel : Tensor, `(L,)` or `(N, L)`
        One for all images or one for each.
    """
    n, channels, height, width = images.shape
    kernel = send(kernel, images.device, images.dtype)
    radius = kernel.shape[-1] // 2
    kernel = kernel.expand(n, -1).repeat_interleave(channels, 0)[:, None]
    flat = images.reshape(1, n * channels, height, width)
    flat = pad(flat, [radius] * 4, mode="reflect")
    flat = conv2d(flat, kernel[:, :, None], groups=n * channels)
    flat = conv2d(flat, kernel[..., None], groups=n * channels)
    return flat.view(n, channels, height, width)
