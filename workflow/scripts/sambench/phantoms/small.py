"""Plain phantoms: ellipsoids in an ellipse, enough to run a data set end to end.

Positions and radii are fractions of the volume, from 0 to 1, instead of mm.
"""

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from sambench.phantoms.archive import axial_affine, nifti_bytes, stored_axial
from sambench.phantoms.bodies import Grid, Part, Triple, paint

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
    grid = Grid(shape, tuple(1 / n for n in shape), (0.5, 0.5, 0.5))
    (image,), labels = paint(rng, grid, parts, [{"air": air}])
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
