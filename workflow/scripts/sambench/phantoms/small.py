"""Plain phantoms: ellipsoids in an ellipse, enough to run a layout end to end."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from sambench.phantoms.archive import axial_affine, nifti_bytes, stored_axial

Triple = tuple[float, float, float]


@dataclass(frozen=True)
class Part:
    """An ellipsoid; positions and radii are fractions of the volume's size.

    Parameters
    ----------
    value : float
        Mean intensity.
    centre, radii : tuple of float
        ``(z, y, x)`` from 0 to 1.
    label : int or None
        Value in the mask; None leaves the mask as it is.
    """

    value: float
    centre: Triple
    radii: Triple
    label: int | None = None


BODY_CT = Part(40, (0.5, 0.5, 0.5), (2.0, 0.42, 0.46))
"""A body in Hounsfield units, in air of -1000."""

BODY_MR = Part(300, (0.5, 0.5, 0.5), (2.0, 0.42, 0.46))
"""A body in arbitrary units, in air of 0."""


def draw_parts(
    rng: np.random.Generator,
    shape: tuple[int, int, int],
    parts: Sequence[Part],
    air: float,
    noise: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Draw ellipsoids over each other, each a little displaced and resized.

    Parameters
    ----------
    rng : np.random.Generator
        Source of everything random.
    shape : tuple of int
        Slices, rows, columns.
    parts : sequence of Part
        From back to front.
    air : float
        Intensity outside.
    noise : float
        Standard deviation added to every voxel.

    Returns
    -------
    image : np.ndarray
        int16 ``(Z, Y, X)``.
    labels : np.ndarray
        uint8 ``(Z, Y, X)``.
    """
    axes = [(np.arange(n) + 0.5) / n for n in shape]
    z, y, x = np.meshgrid(*axes, indexing="ij", sparse=True)
    image = np.full(shape, air, np.float32)
    labels = np.zeros(shape, np.uint8)
    for part in parts:
        shift, scale = rng.normal(0, 0.008, 3), rng.uniform(0.92, 1.08, 3)
        distance = sum(
            ((axis - centre - moved) / (radius * by)) ** 2
            for axis, centre, moved, radius, by in zip(
                (z, y, x), part.centre, shift, part.radii, scale, strict=True
            )
        )
        inside = distance < 1
        image[inside] = part.value
        if part.label is not None:
            labels[inside] = part.label
    image = ndimage.gaussian_filter(image, 0.6, axes=(1, 2))
    image += rng.normal(0, noise, shape)
    return np.clip(image, -1024, 32767).astype(np.int16), labels


def nifti_pair(
    image: np.ndarray, labels: np.ndarray, spacing: Triple
) -> tuple[bytes, bytes]:
    """Return the bytes of image and mask as ``.nii.gz``.

    Parameters
    ----------
    image, labels : np.ndarray
        ``(Z, Y, X)``.
    spacing : tuple of float
        ``(z, y, x)`` in mm.
    """
    affine = axial_affine(image.shape, spacing)
    pair = (nifti_bytes(stored_axial(volume), affine) for volume in (image, labels))
    return tuple(pair)
