"""Blurring, and lower resolution."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from sambench.compute.constants import send
from sambench.methods.bounds import Chance
from sambench.methods.transforms.resampling import coarse_and_back, gaussian_matrices
from sambench.methods.transforms.transform import Transform, uniform


@dataclass
class Blur(Transform):
    """Blur channels with a Gaussian.

    Parameters
    ----------
    sigma : (float, float)
        Range of the standard deviation in pixels.
    p_per_channel : float
        Probability that a channel of such a slice is changed.
    """

    sigma: tuple[float, float]
    p_per_channel: Chance = 1

    def numbers(self, images: Tensor) -> dict[str, Any]:
        """Draw `channels`, positions in `(n K,)`, and `sigma` of each."""
        there = torch.rand(images.shape[:2]) <= self.p_per_channel
        channels = there.flatten().nonzero().flatten()
        return {"channels": channels, "sigma": uniform(self.sigma, len(channels))}

    def intensities(self, images: Tensor, channels: Tensor, sigma: Tensor) -> Tensor:
        """Blur."""
        flat = images.flatten(0, 1)
        if len(channels):
            rows, columns = (
                gaussian_matrices(sigma, side, reflect=True) for side in flat.shape[1:]
            )
            blurred = rows @ flat[channels] @ columns.mT
            flat = flat.index_copy(0, channels, blurred)
        return flat.view_as(images)


@dataclass
class LowResolution(Transform):
    """Make channels coarser by nearest pixels and finer again by cubic splines.

    Parameters
    ----------
    zoom : (float, float)
        Range of the size in between, as a share.
    p_per_channel : float
        Probability that a channel of such a slice is changed.
    """

    zoom: tuple[float, float]
    p_per_channel: Chance = 1

    def numbers(self, images: Tensor) -> dict[str, Any]:
        """Draw `channels`, positions in `(n K,)`, and the list of their `sizes`."""
        there = torch.rand(images.shape[:2]) < self.p_per_channel
        channels = there.flatten().nonzero().flatten()
        zooms = uniform(self.zoom, len(channels)).tolist()
        height, width = images.shape[2:]
        sizes = [(round(height * zoom), round(width * zoom)) for zoom in zooms]
        return {"channels": channels, "sizes": sizes}

    def intensities(
        self, images: Tensor, channels: Tensor, sizes: list[tuple[int, int]]
    ) -> Tensor:
        """Resize twice; splines do not leave the range of the pixels in between."""
        flat = images.flatten(0, 1)
        if len(sizes):
            parts = []
            for axis, size in enumerate(flat.shape[1:]):
                of_axis = [coarse_and_back(size, max(1, each[axis])) for each in sizes]
                parts += [torch.stack(each) for each in zip(*of_axis, strict=True)]
            rows, kept_rows, columns, kept_columns = (
                send(part, flat.device) for part in parts
            )
            chosen = flat[channels]
            number = torch.arange(len(sizes), device=flat.device)[:, None, None]
            between = chosen[number, kept_rows[:, :, None], kept_columns[:, None]]
            low, high = between.amin((1, 2), True), between.amax((1, 2), True)
            smooth = (rows @ chosen @ columns.mT).maximum(low).minimum(high)
            flat = flat.index_copy(0, channels, smooth)
        return flat.view_as(images)
