"""Plain phantoms: ellipsoids in an ellipse, enough to run a data set end to end.

Positions and radii are fractions of the volume, from 0 to 1, instead of mm.
"""

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from sambench.phantoms.archive import nifti_bytes, stored_as
from sambench.phantoms.bodies import Grid, Part, Triple, paint

SLICES = 10


def draw_parts(
    rng: np.random.Generator,
    size: int,
    parts: Sequence[Part],
    air: float = 0,
    noise: float = 12,
) -> tuple[np.ndarray, np.ndarray]:
    """Draw parts over each other: image int16 and labels uint8, ``(Z, Y, X)``.

    The intensity outside is `air`; `noise` is the standard deviation at every voxel.
    """
    shape = (SLICES, size, size)
    grid = Grid(shape, tuple(1 / n for n in shape), (0.5, 0.5, 0.5))
    (image,), labels = paint(rng, grid, parts, [{"air": air}])
    image = ndimage.gaussian_filter(image, 0.6, axes=(1, 2))
    image += rng.normal(0, noise, shape)
    return np.clip(image, -1024, 32767).astype(np.int16), labels


def body(intensity: float) -> Part:
    """Return the ellipse that fills most of every slice."""
    return Part(intensity, (0.5, 0.5, 0.5), (2.0, 0.42, 0.46))


def nifti_pair(
    image: np.ndarray, labels: np.ndarray, spacing: Triple, orientation: str = "LPS"
) -> tuple[bytes, bytes]:
    """Return image and mask ``(Z, Y, X)`` as bytes of ``.nii.gz``; spacing in mm."""
    *volumes, affine = stored_as(orientation, image, labels, spacing)
    return tuple(nifti_bytes(volume, affine) for volume in volumes)
