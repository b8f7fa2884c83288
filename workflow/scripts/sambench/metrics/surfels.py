"""Normalised surface Dice by surface elements (surfels), as its authors define it.

Nikolov et al. (arXiv 1809.04430) and their package `surface-distance` put a point at
every corner of a voxel. A corner whose eight voxels (of a photograph, four pixels) are
neither all inside nor all outside the mask is a surfel; its weight is the area of the
surface (the length of the contour) that passes it. The Medical Segmentation Decathlon,
the MedSAM challenges and DB-SAM score with it.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import product

import numpy as np
import scipy  # loads scipy.ndimage when that is first used

from sambench.metrics.surface import TOLERANCE_SLACK, joint_bounding_box


def surfel_share(
    prediction: np.ndarray,
    label: np.ndarray,
    spacing: Sequence[float],
    tolerance: float,
) -> float:
    """Return which percent of both surfaces lies within a tolerance of the other.

    By area, of a photograph by length.

    Parameters
    ----------
    prediction, label : ndarray of bool, (Z, Y, X) or (Y, X)
        Masks of one shape, neither of them empty. What lies outside is background.
    spacing : sequence of float
        Distance between voxel centres along each axis, in mm (1 for pixels).
    tolerance : float
        Largest distance that counts, inclusive, in the unit of `spacing`.
    """
    box = joint_bounding_box(prediction, label)
    weights = surfel_sizes(tuple(float(step) for step in spacing))
    codes = [_corner_codes(mask[box]) for mask in (prediction, label)]
    surfels = [(code > 0) & (code < len(weights) - 1) for code in codes]
    within = total = 0.0
    for one, other in ((0, 1), (1, 0)):
        distances = scipy.ndimage.distance_transform_edt(
            ~surfels[other], sampling=spacing
        )
        own = surfels[one]
        sizes = weights[codes[one][own]]
        near = distances[own] <= tolerance * (1 + TOLERANCE_SLACK)
        within += sizes[near].sum()
        total += sizes.sum()
    return 100.0 * (within / total)


@lru_cache(maxsize=64)
def surfel_sizes(spacing: tuple[float, ...]) -> np.ndarray:
    """Compute the size of a surfel for every way its voxels can be in or out.

    Of a volume, the area of the classic marching-cubes surface of the eight voxels; a
    set of voxels and the set of the others have one surface, that of the smaller area
    if the table is ambiguous. This gives the authors' table of normals exactly. Of a
    photograph, half a diagonal for each corner that is cut off.

    It is an array `(16,)` or `(256,)` by the code of `_corner_codes`, in units or
    square units of the spacing of two or three axes.
    """
    if len(spacing) == 2:
        half, down, across = 0.5 * np.hypot(*spacing), spacing[0], spacing[1]
        sizes = np.zeros(16)
        sizes[[1, 2, 4, 8]] = sizes[[7, 11, 13, 14]] = half  # one in, or one out
        sizes[[6, 9]] = 2 * half  # across the diagonal
        sizes[[3, 12]] = across  # a row in: the contour runs along it
        sizes[[5, 10]] = down
        return sizes
    from skimage.measure import marching_cubes, mesh_surface_area

    sizes = np.zeros(256)
    bits = 1 << np.arange(8).reshape(2, 2, 2)
    for code in range(1, 255):
        cube = ((code & bits) > 0).astype(float)
        surface = marching_cubes(cube, 0.5, spacing=spacing, method="lorensen")
        sizes[code] = mesh_surface_area(*surface[:2])
    return np.minimum(sizes, sizes[::-1])


def _corner_codes(mask: np.ndarray) -> np.ndarray:
    """Encode for each corner which of the voxels around it are in the mask."""
    padded = np.pad(mask, 1)
    codes = np.zeros([side - 1 for side in padded.shape], np.uint8)
    for bit, offset in enumerate(product((0, 1), repeat=mask.ndim)):
        ends = zip(offset, codes.shape, strict=True)
        around = padded[tuple(slice(low, low + side) for low, side in ends)]
        codes |= around.astype(np.uint8) << np.uint8(bit)
    return codes
