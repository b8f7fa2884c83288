"""Bring an image to the grid of another volume of the same patient."""

import numpy as np

from sambench.data.volume import Volume


def resample_to(image: Volume, target: Volume) -> Volume:
    """Interpolate an image linearly at the voxels of another volume, by both affines.

    The result is float32; outside the image it is the least value. The image itself is
    returned if the grids agree.
    """
    same = image.array.shape == target.array.shape
    if same and np.allclose(image.affine, target.affine, atol=1e-3):
        return image
    from scipy import ndimage

    # From indices (x, y, z) of the target to those of the image, then for (z, y, x).
    change = np.linalg.inv(image.affine) @ target.affine
    matrix, offset = change[:3, :3][::-1, ::-1], change[:3, 3][::-1]
    array = ndimage.affine_transform(
        image.array,
        matrix,
        offset,
        output_shape=target.array.shape,
        order=1,
        mode="constant",
        cval=float(image.array.min()),
    )
    return Volume(array.astype(np.float32), target.affine, image.doubts)
