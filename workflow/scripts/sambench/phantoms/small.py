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
    """Draw parts over each other: image int16 and labels uint8, ``(Z, Y, X)``.

    The intensity outside is `air`; `noise` is the standard deviation at every voxel.
    """
    grid = Grid(shape, tuple(1 / n for n in shape), (0.5, 0.5, 0.5))
    (image,), labels = paint(rng, grid, parts, [{"air": air}])
    image = ndimage.gaussian_filter(image, 0.6, axes=(1, 2))
    image += rng.normal(0, noise, shape)
    return np.clip(image, -1024, 32767).astype(np.int16), labels


def nifti_pair(
    image: np.ndarray, labels: np.ndarray, spacing: Triple
) -> tuple[bytes, bytes]:
    """Return image and mask ``(Z, Y, X)`` as bytes of ``.nii.gz``; spacing in mm."""
    affine = axial_affine(image.shape, spacing)
    pair = (nifti_bytes(stored_axial(volume), affine) for volume in (image, labels))
    return tuple(pair)
