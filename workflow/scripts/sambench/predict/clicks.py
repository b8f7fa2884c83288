"""The next click of a simulated user: in the centre of the largest error.

As the 2025 challenge of interactive 3D biomedical segmentation places it (its public
evaluation script, commit 748e862).
"""

from typing import NamedTuple

import numpy as np
from scipy.ndimage import distance_transform_edt, find_objects, label

SEED = 42  # of the challenge: anew for every click


class Click(NamedTuple):
    """One click.

    Attributes
    ----------
    place : tuple of int
        Index of the voxel, (z, y, x) or (y, x).
    inside : bool
        Whether the structure is there: a foreground click, else a background one.
    """

    place: tuple[int, ...]
    inside: bool


def next_click(prediction: np.ndarray, truth: np.ndarray) -> Click | None:
    """Place a click in the centre of the largest error.

    The error is where prediction and label differ; voxels that touch at a face, an edge
    or a corner belong together. Of the component with the most voxels, that voxel is
    clicked which is farthest from what is no error, in voxels, whatever the spacing;
    what lies outside the image is no error. Of several such voxels one is drawn.

    Parameters
    ----------
    prediction, truth : ndarray of bool, `(Z, Y, X)` or `(Y, X)`
        Masks of one structure.

    Returns
    -------
    Click or None
        None if there is no error.
    """
    error = prediction != truth
    components, count = label(error, np.ones((3,) * error.ndim))
    if not count:
        return None
    largest = 1 + int(np.bincount(components.ravel())[1:].argmax())
    box = find_objects(components, largest)[largest - 1]
    # One voxel of padding is enough: beyond it nothing is nearer
    depth = distance_transform_edt(np.pad(components[box] == largest, 1))
    deepest = np.argwhere(depth == depth.max()) - 1
    chosen = deepest[np.random.default_rng(SEED).integers(len(deepest))]
    place = tuple(
        int(offset + part.start) for offset, part in zip(chosen, box, strict=True)
    )
    return Click(place, bool(truth[place]))
