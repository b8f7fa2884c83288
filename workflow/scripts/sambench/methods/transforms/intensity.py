"""Changes of intensities, pixel by pixel."""

from dataclasses import dataclass
from typing import Annotated, Any

import torch
from torch import Tensor

from sambench.methods.bounds import Chance
from sambench.methods.transforms.transform import Transform, uniform, uniform_about_one


@dataclass
class Noise(Transform):
    """Add Gaussian noise.

    Parameters
    ----------
    variance : (float, float)
        Range of what batchgenerators calls variance and uses as standard deviation.
    """

    variance: tuple[float, float]

    def numbers(self, images: Tensor) -> dict[str, Any]:
        """Draw `deviation` `(n,)`, and `noise` of the shape of the images."""
        deviation = uniform(self.variance, len(images))
        return {"deviation": deviation, "noise": torch.randn_like(images)}

    def intensities(self, images: Tensor, deviation: Tensor, noise: Tensor) -> Tensor:
        """Add the noise."""
        return images + deviation[:, None, None, None] * noise


@dataclass
class Ranged(Transform):
    """A transform that draws from one range."""

    range: tuple[float, float]


class Brightness(Ranged):
    """Multiply each channel by a factor of the range."""

    def numbers(self, images: Tensor) -> dict[str, Any]:
        """Draw `factor`, `(n, K)`."""
        return {"factor": uniform(self.range, *images.shape[:2])}

    def intensities(self, images: Tensor, factor: Tensor) -> Tensor:
        """Multiply."""
        return images * factor[..., None, None]


@dataclass
class Shift(Transform):
    """Add a number of mean 0 to channels.

    Parameters
    ----------
    sigma : float
        Standard deviation of the number.
    p_per_channel : float
        Probability that a channel of such a slice is changed.
    """

    sigma: Annotated[float, {"minimum": 0}]
    p_per_channel: Chance = 1

    def numbers(self, images: Tensor) -> dict[str, Any]:
        """Draw `offset`, `(n, K)`; 0 for channels that stay."""
        shape = images.shape[:2]
        there = torch.rand(shape) <= self.p_per_channel
        return {"offset": self.sigma * torch.randn(shape) * there}

    def intensities(self, images: Tensor, offset: Tensor) -> Tensor:
        """Add."""
        return images + offset[..., None, None]


class Contrast(Ranged):
    """Scale the distance of each channel to its mean by a factor of the range.

    The least and the largest value are kept.
    """

    def numbers(self, images: Tensor) -> dict[str, Any]:
        """Draw `factor`, `(n, K)`."""
        return {"factor": uniform_about_one(self.range, *images.shape[:2])}

    def intensities(self, images: Tensor, factor: Tensor) -> Tensor:
        """Scale and cut off."""
        mean = images.mean((2, 3), keepdim=True)
        low, high = images.amin((2, 3), True), images.amax((2, 3), True)
        scaled = (images - mean) * factor[..., None, None] + mean
        return scaled.maximum(low).minimum(high)


class Gamma(Ranged):
    """Raise intensities, scaled to 0..1, to a power of the range.

    Mean and deviation are kept.
    """

    def numbers(self, images: Tensor) -> dict[str, Any]:
        """Draw `power`, `(n,)`."""
        return {"power": uniform_about_one(self.range, len(images))}

    def intensities(self, images: Tensor, power: Tensor) -> Tensor:
        """Raise, then restore the statistics of each slice over all channels."""
        dims = (1, 2, 3)
        mean, deviation = _statistics(images)
        low = images.amin(dims, True)
        span = images.amax(dims, True) - low
        raised = ((images - low) / (span + 1e-7)).pow(power[:, None, None, None])
        raised = raised * span + low
        own_mean, own_deviation = _statistics(raised)
        return (raised - own_mean) / (own_deviation + 1e-8) * deviation + mean


def _statistics(images: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean and population deviation of each image, `(n, 1, 1, 1)`."""
    mean = images.mean((1, 2, 3), keepdim=True)
    return mean, (images - mean).square().mean((1, 2, 3), keepdim=True).sqrt()
