"""The base augmentation of CSDG, which its ERM and SLAug share (code at d4d5056)."""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from sambench.compute.constants import send
from sambench.methods.batch import Batch
from sambench.methods.bounds import Limits, Size
from sambench.methods.views.view import View, between
from sambench.methods.views.warp import (
    gaussian_kernel,
    pixel_positions,
    sample_at,
    smooth,
)


class Draws(NamedTuple):
    """Random numbers.

    Attributes
    ----------
    affine : Tensor, `(N, 5)`
        Rotation (degrees), shift in x and y (pixels), shear (degrees), zoom.
    elastic : Tensor, `(N, 2, H, W)`
        Uniform in 0..1; the first field moves x.
    photometric : Tensor, `(N, 3)`
        Uniform in 0..1, for contrast, brightness and gamma.
    noise : Tensor, `(N, G, H, W)`
        N(0, 1), one for each image that the channels hold.
    """

    affine: Tensor
    elastic: Tensor
    photometric: Tensor
    noise: Tensor


class CSDGAugmentation(View):
    """Affine, elastic, contrast, brightness, gamma, noise: every slice, every time.

    It works on z-scored images, to which brightness adds up to 10 deviations. Images
    are not normalised again. Channels come in threes that hold one grey image, or one
    photograph; they share their noise.

    Parameters
    ----------
    rotation, shear : float
        Largest angles in degrees.
    shift : float
        Largest shift in pixels along each axis.
    zoom : two floats
        Range.
    elastic : float
        Displacement in pixels that a field of ones would make.
    sigma : float
        Standard deviation of the field's smoothing in pixels; its kernel has 4 sigma +
        1 pixels.
    contrast, brightness, gamma : two floats
        Ranges.
    noise : float
        Standard deviation.
    """

    def __init__(
        self,
        rotation: Size = 20,
        shift: Size = 15,
        shear: Size = 20,
        zoom: Limits = (0.5, 1.5),
        elastic: Size = 20,
        sigma: Size = 5,
        contrast: Limits = (0.6, 1.5),
        brightness: Limits = (-10, 10),
        gamma: Limits = (0.2, 1.8),
        noise: Size = 0.15,
    ):
        super().__init__()
        self.rotation, self.shift, self.shear = rotation, shift, shear
        self.zoom, self.elastic, self.sigma = tuple(zoom), elastic, sigma
        self.ranges = tuple(contrast), tuple(brightness), tuple(gamma)
        self.noise = noise

    def draw(self, batch: Batch) -> Draws:
        """Draw everything anew for each image."""
        n, channels, height, width = batch.images.shape
        place = {"device": batch.images.device, "dtype": batch.images.dtype}
        affine = 2 * torch.rand(n, 5, **place) - 1
        ranges = [self.rotation, self.shift, self.shift, self.shear, 1]
        affine = affine * send(ranges, affine.device, affine.dtype)
        affine[:, 4] = between(self.zoom, (affine[:, 4] + 1) / 2)
        images = channels // 3 if channels % 3 == 0 else channels
        return Draws(
            affine,
            torch.rand(n, 2, height, width, **place),
            torch.rand(n, 3, **place),
            torch.randn(n, images, height, width, **place),
        )

    @torch.no_grad()
    def apply(self, batch: Batch, draws: Draws) -> list[Batch]:
        """Augment images and targets."""
        channels = batch.images.shape[1]
        both = torch.cat([batch.images, batch.targets.to(batch.images)], dim=1)
        both = self.deformed(self.moved(both, draws.affine), draws.elastic)
        images, targets = both[:, :channels], both[:, channels:].round()
        images = self.recoloured(images, draws.photometric)
        repeats = channels // draws.noise.shape[1]
        images = images + self.noise * draws.noise.repeat_interleave(repeats, 1)
        return [batch._replace(images=images, targets=targets.to(batch.targets))]

    def moved(self, images: Tensor, affine: Tensor) -> Tensor:
        """Resample by the affine map; 0 comes in from outside."""
        height, width = images.shape[2:]
        inverse = torch.linalg.inv_ex(affine_matrix(affine, height, width)).inverse
        positions = pixel_positions(height, width, images)
        ones = torch.ones_like(positions[..., :1])
        places = torch.cat([positions, ones], -1).flatten(0, 1)
        places = places @ inverse[:, :2].transpose(1, 2)
        return sample_at(images, places.view(-1, height, width, 2))

    def deformed(self, images: Tensor, uniform: Tensor) -> Tensor:
        """Resample by a smoothed random field; the image is mirrored at its edge."""
        kernel = gaussian_kernel(self.sigma, int(2 * self.sigma))
        field = smooth(2 * uniform - 1, kernel) * self.elastic
        positions = pixel_positions(*images.shape[2:], images)
        return sample_at(images, positions + field.movedim(1, -1), "reflection")

    def recoloured(self, images: Tensor, uniform: Tensor) -> Tensor:
        """Change contrast, brightness and gamma, over all channels together."""
        shares = uniform.T[..., None, None, None]
        contrast, brightness, gamma = map(between, self.ranges, shares)
        mean = images.mean((1, 2, 3), keepdim=True)
        images = (images - mean) * contrast + mean + brightness
        low = images.amin((1, 2, 3), keepdim=True)
        span = images.amax((1, 2, 3), keepdim=True) - low + 1e-5
        return span * ((images - low + 1e-5) / span) ** gamma + low


def affine_matrix(affine: Tensor, height: int, width: int) -> Tensor:
    """Compute zoom x shear x shift x rotation, which act on (x, y, 1).

    Rotation and zoom are about (H / 2, W // 2), shear is about the origin.

    Parameters
    ----------
    affine : Tensor, `(N, 5)`
        As in `Draws`.
    height, width : int
        Height and width of the image.

    Returns
    -------
    Tensor, `(N, 3, 3)`
        From input to output positions.
    """
    centre = height / 2, width // 2
    rotation, dx, dy, shear, zoom = affine.unbind(1)
    one, zero = torch.ones_like(zoom), torch.zeros_like(zoom)
    radians = math.pi / 180
    turned = _about(centre, rotation * radians, one)
    moved = _matrix(one, zero, dx, zero, one, dy)
    sine, cosine = (shear * radians).sin(), (shear * radians).cos()
    sheared = _matrix(one, -sine, zero, zero, cosine, zero)
    return _about(centre, zero, zoom) @ sheared @ moved @ turned


def _about(centre: tuple[float, float], angle: Tensor, scale: Tensor) -> Tensor:
    """Rotate and zoom about a point, as OpenCV's getRotationMatrix2D."""
    x, y = centre
    a, b = scale * angle.cos(), scale * angle.sin()
    return _matrix(a, b, (1 - a) * x - b * y, -b, a, b * x + (1 - a) * y)


def _matrix(*entries: Tensor) -> Tensor:
    one, zero = torch.ones_like(entries[0]), torch.zeros_like(entries[0])
    rows = torch.stack([*entries, zero, zero, one], dim=-1)
    return rows.view(-1, 3, 3)
