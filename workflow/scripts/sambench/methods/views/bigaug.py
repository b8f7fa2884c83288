"""BigAug: stacked changes of intensities (Zhang et al., TMI 2020; no official code)."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from sambench.methods.batch import Batch
from sambench.methods.bounds import Chance, Limits
from sambench.methods.views.view import View, between
from sambench.methods.views.warp import smooth

STEPS = ("sharpen", "blur", "noise", "brightness", "contrast", "gamma", "scale")


class Draws(NamedTuple):
    """Random numbers.

    Attributes
    ----------
    chosen : Tensor, `(7, N)`
        Uniform in 0..1: whether an image takes a step.
    sizes : Tensor, `(7, N)`
        Uniform in 0..1, for the sizes of the changes.
    others : Tensor, `(3, N)`
        Uniform in 0..1, for the blur beforehand, that of the detail, and the factor.
    noise : Tensor, `(N, K, H, W)`
        N(0, 1).
    """

    chosen: Tensor
    sizes: Tensor
    others: Tensor
    noise: Tensor


class BigAug(View):
    """Sharpen, blur, add noise, change brightness, contrast, gamma and scale.

    Defaults are those of the audit, on images of 0..1 that every step clamps. A
    range that is left out leaves out its step. Rotation, zoom and deformation are the
    view `spatial`.

    Parameters
    ----------
    p : float
        Probability of each step for each image.
    within : "unit" or "zscore"
        On which scale it works: 0..1 or mean 0 and deviation 1, of each image.
    sharpen : two floats, optional
        How much of the detail is added.
    sharpen_sigma : two floats
        Range of the standard deviation in pixels of the blur that defines detail.
    presmooth : two floats
        Range of the standard deviation of a blur beforehand; 0 and 0 for none.
    blur : two floats, optional
        Range of the standard deviation of the blur, in pixels.
    noise : two floats, optional
        Standard deviation.
    brightness : two floats, optional
        What is added.
    contrast : two floats, optional
        Factor of the distance to the mean.
    gamma : two floats, optional
        Exponent.
    scale : two floats, optional
        What is added and, one more, the factor.
    """

    space = "packed"

    def __init__(
        self,
        p: Chance = 0.5,
        within: Literal["unit", "zscore"] = "unit",
        sharpen: Limits | None = (0.5, 1.5),
        sharpen_sigma: Limits = (1.0, 1.0),
        presmooth: Limits = (0.0, 0.0),
        blur: Limits | None = (1.0, 1.0),
        noise: Limits | None = (0.01, 0.1),
        brightness: Limits | None = (-0.1, 0.1),
        contrast: Limits | None = (0.6, 1.5),
        gamma: Limits | None = (0.6, 1.6),
        scale: Limits | None = None,
    ):
        super().__init__()
        self.p, self.within = p, within
        ranges = (sharpen, blur, noise, brightness, contrast, gamma, scale)
        self.ranges = dict(zip(STEPS, ranges, strict=True))
        self.sharpen_sigma, self.presmooth = tuple(sharpen_sigma), tuple(presmooth)

    def draw(self, batch: Batch) -> Draws:
        """Draw everything anew for each image."""
        n = len(batch.images)
        place = {"device": batch.images.device, "dtype": batch.images.dtype}
        return Draws(
            torch.rand(len(STEPS), n, **place),
            torch.rand(len(STEPS), n, **place),
            torch.rand(3, n, **place),
            torch.randn_like(batch.images),
        )

    @torch.no_grad()
    def apply(self, batch: Batch, draws: Draws) -> list[Batch]:
        """Change the images of a batch."""
        images = batch.images
        offset, span = self._unscaled(images)
        x = (images - offset) / span
        for number, step in enumerate(STEPS):
            limits = self.ranges[step]
            if limits is None:
                continue
            size = between(limits, draws.sizes[number])[:, None, None, None]
            changed = getattr(self, f"_{step}")(x, size, draws)
            if self.within == "unit":
                changed = changed.clamp(0, 1)
            taken = (draws.chosen[number] < self.p).view(-1, 1, 1, 1)
            x = torch.where(taken, changed, x)
        return [batch._replace(images=x * span + offset)]

    def _unscaled(self, images: Tensor) -> tuple[Tensor, Tensor]:
        axes = {"dim": (1, 2, 3), "keepdim": True}
        if self.within == "unit":
            low = images.amin(**axes)
            return low, images.amax(**axes) - low + 1e-8
        return images.mean(**axes), images.std(**axes) + 1e-8

    def _sharpen(self, x: Tensor, size: Tensor, draws: Draws) -> Tensor:
        if any(self.presmooth):
            x = _blurred_between(x, self.presmooth, draws.others[0])
        soft = _blurred_between(x, self.sharpen_sigma, draws.others[1])
        return x + size * (x - soft)

    def _blur(self, x: Tensor, size: Tensor, draws: Draws) -> Tensor:
        return blurred(x, size.flatten(), max(self.ranges["blur"]))

    def _noise(self, x: Tensor, size: Tensor, draws: Draws) -> Tensor:
        return x + size * draws.noise

    def _brightness(self, x: Tensor, size: Tensor, draws: Draws) -> Tensor:
        return x + size

    def _contrast(self, x: Tensor, size: Tensor, draws: Draws) -> Tensor:
        mean = x.mean((1, 2, 3), keepdim=True)
        return (x - mean) * size + mean

    def _gamma(self, x: Tensor, size: Tensor, draws: Draws) -> Tensor:
        if self.within == "unit":
            return x.clamp_min(1e-6) ** size
        low = x.amin((1, 2, 3), keepdim=True)
        span = x.amax((1, 2, 3), keepdim=True) - low + 1e-7
        return ((x - low) / span) ** size * span + low

    def _scale(self, x: Tensor, size: Tensor, draws: Draws) -> Tensor:
        factor = 1 + between(self.ranges["scale"], draws.others[2])
        return x * factor[:, None, None, None] + size


def blurred(images: Tensor, sigma: Tensor, most: float) -> Tensor:
    """Blur each image by its own Gaussian, mirrored at the edge.

    Parameters
    ----------
    images : Tensor, `(N, C, H, W)`
        Any values.
    sigma : Tensor, `(N,)`
        In pixels; the kernel reaches three of the largest.
    most : float
        What none of them exceeds. The kernel has the pixels for it, so that its size
        is not read from the device.
    """
    reach = min(max(round(3 * most), 1), min(images.shape[2:]) - 1)
    offsets = torch.arange(-reach, reach + 1, device=sigma.device, dtype=sigma.dtype)
    kernel = torch.exp(-offsets.square() / (2 * sigma[:, None].square()))
    kernel = kernel * (offsets.abs() <= (3 * sigma.max()).round().clamp(min=1))
    return smooth(images, kernel / kernel.sum(1, keepdim=True))


def _blurred_between(
    images: Tensor, limits: Sequence[float], uniform: Tensor
) -> Tensor:
    return blurred(images, between(limits, uniform), max(limits))
