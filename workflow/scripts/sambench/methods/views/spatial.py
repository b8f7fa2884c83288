"""Rotation, zoom, flips and elastic deformation in one resampling, in batches."""

import math
from typing import Literal, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample, interpolate

from sambench.methods.batch import Batch
from sambench.methods.bounds import Chance, Count, Limits, Size
from sambench.methods.normalisation import is_grey
from sambench.methods.views.view import View, between
from sambench.methods.views.warp import gaussian_kernel, smooth


class Draws(NamedTuple):
    """Random numbers.

    Attributes
    ----------
    affine : Tensor, `(N, 2)`
        Uniform in 0..1, for angle and zoom.
    chosen : Tensor, `(N, 5)`
        Uniform in 0..1: whether the image is rotated, zoomed, mirrored left to right,
        mirrored upside down, deformed.
    elastic : Tensor, `(N, 2, h, w)`
        N(0, 1) on a coarse grid.
    """

    affine: Tensor
    chosen: Tensor
    elastic: Tensor


class Spatial(View):
    """Move the pixels of images and labels; 0 comes in from outside.

    Defaults are the base augmentation of the audit: every image is rotated and
    zoomed about its centre and mirrored every other time. Sides count as 2, whatever
    their length, and labels take the nearest pixel.

    Parameters
    ----------
    degrees : float
        Largest angle.
    zoom : two floats
        Range; more than 1 enlarges.
    p_rotate, p_zoom : float
        Probabilities.
    flip, flip_vertical : float
        Probabilities of mirroring.
    elastic : float
        Size of the deformation, sides being 2; 0 for none.
    p_elastic : float
        Its probability.
    cell : int
        Pixels of a cell of its grid.
    sigma : float
        Standard deviation of its smoothing, in pixels.
    space : "packed" or "normalised"
        Before normalisation 0 is black, after it the mean.
    """

    def __init__(
        self,
        degrees: Size = 20,
        zoom: Limits = (0.9, 1.1),
        p_rotate: Chance = 1.0,
        p_zoom: Chance = 1.0,
        flip: Chance = 0.5,
        flip_vertical: Chance = 0.0,
        elastic: Size = 0.0,
        p_elastic: Chance = 1.0,
        cell: Count = 16,
        sigma: Size = 4.0,
        space: Literal["packed", "normalised"] = "normalised",
    ):
        super().__init__()
        self.degrees, self.zoom, self.space = degrees, tuple(zoom), space
        self.chances = (p_rotate, p_zoom, flip, flip_vertical, p_elastic)
        self.elastic, self.cell, self.sigma = elastic, cell, sigma

    def draw(self, batch: Batch) -> Draws:
        """Draw everything anew for each image."""
        n, _, height, width = batch.images.shape
        place = {"device": batch.images.device, "dtype": batch.images.dtype}
        grid = max(height // self.cell, 1), max(width // self.cell, 1)
        return Draws(
            torch.rand(n, 2, **place),
            torch.rand(n, 5, **place),
            torch.randn(n, 2, *grid, **place),
        )

    @torch.no_grad()
    def apply(self, batch: Batch, draws: Draws) -> list[Batch]:
        """Resample images and targets."""
        images, targets = batch.images, batch.targets.to(batch.images)
        n, _, height, width = images.shape
        rotated, zoomed, flipped, upset, bent = (
            drawn < chance
            for drawn, chance in zip(draws.chosen.unbind(1), self.chances, strict=True)
        )
        angle = self.degrees * math.pi / 180 * (2 * draws.affine[:, 0] - 1) * rotated
        zoom = torch.where(zoomed, between(self.zoom, draws.affine[:, 1]), 1)
        x_sign, y_sign = (torch.where(flag, -1.0, 1.0) for flag in (flipped, upset))
        cosine, sine = angle.cos() / zoom, angle.sin() / zoom
        zero = torch.zeros_like(zoom)
        entries = [x_sign * cosine, -y_sign * sine, zero]
        entries += [x_sign * sine, y_sign * cosine, zero]
        theta = torch.stack(entries, dim=1).view(n, 2, 3)
        grid = affine_grid(theta, [n, 1, height, width], align_corners=False)
        if self.elastic:
            bent = bent[:, None, None, None]
            grid = grid + bent * self.field(draws.elastic, height, width)
        options = {"padding_mode": "zeros", "align_corners": False}
        moved = images[:, :1] if is_grey(images) else images
        moved = grid_sample(moved, grid, mode="bilinear", **options)
        targets = grid_sample(targets, grid, mode="nearest", **options)
        images, targets = moved.expand_as(images), targets.to(batch.targets)
        return [batch._replace(images=images, targets=targets)]

    def field(self, normal: Tensor, height: int, width: int) -> Tensor:
        """Compute displacements `(N, H, W, 2)` of a coarse grid."""
        field = interpolate(normal, size=(height, width), mode="bicubic")
        radius = min(int(3 * self.sigma), height - 1, width - 1)
        field = smooth(field, gaussian_kernel(self.sigma, radius))
        return self.elastic * field.movedim(1, -1)
