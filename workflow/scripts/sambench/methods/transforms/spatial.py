"""Mirroring, rotation, scaling and elastic deformation of images and targets."""

from dataclasses import dataclass
from math import pi, radians
from typing import Annotated, Any

import torch
from torch import Tensor

from sambench.compute.constants import send
from sambench.methods.transforms.resampling import gaussian_matrices, sample
from sambench.methods.transforms.transform import Transform, uniform, uniform_about_one


class Mirror(Transform):
    """Mirror rows and columns, each with probability one half, in a share p."""

    def numbers(self, images: Tensor) -> dict[str, Any]:
        """Draw `flips`, whether rows and columns are mirrored, `(n, 2)`."""
        return {"flips": torch.rand(len(images), 2) < 0.5}

    def change(
        self, images: Tensor, targets: Tensor, flips: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Mirror images and targets."""
        for axis in (0, 1):
            flip = flips[:, axis, None, None, None]
            images = torch.where(flip, images.flip(axis + 2), images)
            targets = torch.where(flip, targets.flip(axis + 2), targets)
        return images, targets


@dataclass
class RotateScale(Transform):
    """Rotate about the centre and scale, each in a share p of the slices.

    Outside of the image intensities and labels are 0. Targets are interpolated
    linearly and cut at one half.

    Parameters
    ----------
    p : float
        Probability of rotation, and of scaling.
    degrees : float
        Largest angle, to both sides.
    scale : (float, float)
        Range of factors; above 1 shows more of the image.
    """

    order = 1
    deforms = False
    recentres = False  # whether the mean of the positions is brought to the centre

    degrees: Annotated[float, {"minimum": 0}]
    scale: tuple[float, float]

    def draw(self, batch: Any) -> dict[str, Any]:
        """Draw `rows` and, of these, `angle` and `factor`, `(n,)`, and `offsets`."""
        turned, scaled, deformed = torch.rand(3, len(batch.images)) < self.p
        deformed &= self.deforms
        rows = (turned | scaled | deformed).nonzero().flatten()
        if not len(rows):
            return {"rows": rows}
        largest = radians(self.degrees)
        angle = uniform((-largest, largest), len(rows)) * turned[rows]
        factor = uniform_about_one(self.scale, len(rows)).where(scaled[rows], 1.0)
        drawn = {"rows": rows, "angle": angle, "factor": factor}
        bent = deformed[rows].nonzero().flatten()
        if len(bent):
            offsets = self.offsets(batch.images[: len(bent)])
            drawn |= {"bent": bent, "offsets": offsets}
        return drawn

    def offsets(self, images: Tensor) -> Tensor:
        """Draw elastic offsets in pixels, `(n, 2, H, W)`."""
        raise NotImplementedError

    def change(
        self,
        images: Tensor,
        targets: Tensor,
        angle: Tensor,
        factor: Tensor,
        bent: Tensor | None = None,
        offsets: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Deform, then rotate, then scale the positions that are read."""
        centres = [(side - 1) / 2 for side in images.shape[2:]]
        axes = [
            torch.arange(side, device=images.device) - centre
            for side, centre in zip(images.shape[2:], centres, strict=True)
        ]
        mesh = torch.stack(torch.meshgrid(*axes, indexing="ij"))
        mesh = mesh.expand(len(images), -1, -1, -1)
        if bent is not None:
            mesh = mesh.index_add(0, bent, offsets)
        y, x = mesh.unbind(1)
        sine, cosine = angle.sin()[:, None, None], angle.cos()[:, None, None]
        turned = torch.stack([y * cosine + x * sine, x * cosine - y * sine], 1)
        positions = turned * factor[:, None, None, None]
        if self.recentres:
            positions = positions - positions.mean((2, 3), keepdim=True)
        centre = send(centres, positions.device, positions.dtype)
        positions = positions + centre.view(1, 2, 1, 1)
        labels = sample(targets, positions, order=1) > 0.5
        return sample(images, positions, self.order), labels.to(targets.dtype)


@dataclass
class Deform(RotateScale):
    """Deform elastically, rotate and scale, each in a share p of the slices.

    DAPSAM's for prostate MR. Images are interpolated by cubic splines. Outside of the
    image the label is 0; its code says -1, which only old versions of batchgenerators
    ignore.

    Parameters
    ----------
    alpha : (float, float)
        Range of the strength: smoothed noise of -1 to 1 is multiplied by it.
    sigma : (float, float)
        Range of the deviation of the smoothing in pixels.
    """

    order, deforms = 3, True

    alpha: tuple[float, float]
    sigma: tuple[float, float]

    def offsets(self, images: Tensor) -> Tensor:
        """Draw smoothed noise."""
        noise = torch.rand(len(images), 2, *images.shape[2:], device=images.device)
        strengths = send(uniform(self.alpha, len(images)), noise.device, noise.dtype)
        deviations = send(uniform(self.sigma, len(images)), noise.device, noise.dtype)
        return smoothed(2 * noise - 1, strengths, deviations)


@dataclass
class DeformCoarsely(RotateScale):
    """Deform by a coarse field, rotate and scale, each in a share p of the slices.

    DAPSAM's and CCSDG's for fundus photographs. Images are interpolated by cubic
    splines.

    Parameters
    ----------
    deformation : (float, float)
        Range of the deviation of the field's smoothing, as a share of the sides; the
        largest offset is an eighth to a half of it.
    """

    order, deforms, recentres = 3, True, True

    deformation: tuple[float, float]

    def offsets(self, images: Tensor) -> Tensor:
        """Draw smoothed noise of a drawn largest offset."""
        sides = torch.tensor(images.shape[2:])
        noise = torch.rand(len(images), 2, *sides.tolist(), device=images.device)
        sigmas = uniform(self.deformation, len(images), 1) * sides
        magnitudes = sigmas * uniform((1 / 8, 1 / 2), len(images), 2)
        return coarse_field(
            2 * noise - 1,
            send(sigmas, noise.device, noise.dtype),
            send(magnitudes, noise.device, noise.dtype),
        )


def smoothed(noise: Tensor, strengths: Tensor, deviations: Tensor) -> Tensor:
    """Smooth noise `(n, 2, H, W)` by Gaussians `(n,)` and scale it by `(n,)`."""
    rows, columns = (
        gaussian_matrices(deviations, side, reflect=False)[:, None]
        for side in noise.shape[2:]
    )
    return rows @ noise @ columns.mT * strengths[:, None, None, None]


def coarse_field(noise: Tensor, sigmas: Tensor, magnitudes: Tensor) -> Tensor:
    """Smooth noise `(n, 2, H, W)` periodically and scale it to a largest offset.

    Parameters
    ----------
    noise : Tensor, `(n, 2, H, W)`
        From -1 to 1; the first field moves rows, the second columns.
    sigmas, magnitudes : Tensor, `(n, 2)`
        Deviations along rows and columns, and largest offsets of both fields, in
        pixels.
    """
    height, width = noise.shape[2:]
    spectrum = torch.fft.rfft2(noise)
    down = torch.fft.fftfreq(height, device=noise.device)[:, None]
    across = torch.fft.rfftfreq(width, device=noise.device)
    widths = sigmas[..., None, None]
    squares = (widths[:, 0] * down).square() + (widths[:, 1] * across).square()
    spectrum = spectrum * torch.exp(-2 * pi**2 * squares)[:, None]
    field = torch.fft.irfft2(spectrum, s=(height, width))
    largest = field.abs().amax((2, 3), keepdim=True)
    return field / largest * (magnitudes[..., None, None] + 1e-8)
