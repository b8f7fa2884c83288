"""What a protocol does to one predicted mask before it is scored: pure functions."""

import numpy as np
from scipy.ndimage import generate_binary_structure, label

from sambench.errors import find_named

BORDER = 50 / 256
"""Rim that DeSAM's test code empties: 50 pixels of its 256 x 256 slices."""


def largest_component(mask: np.ndarray) -> np.ndarray:
    """Keep the largest component of a mask, `(Z, Y, X)` or `(Y, X)`.

    Voxels that share a face or a corner belong together. Of components of one size the
    first in array order is kept; an empty mask stays empty.
    """
    components, count = label(mask, generate_binary_structure(mask.ndim, mask.ndim))
    if count < 2:
        return mask
    sizes = np.bincount(components.ravel())
    sizes[0] = 0
    return components == sizes.argmax()


def border_trim(mask: np.ndarray) -> np.ndarray:
    """Empty the rim of every slice, `BORDER` of its rows and columns wide."""
    rows, columns = (round(BORDER * size) for size in mask.shape[-2:])
    kept = np.zeros_like(mask)
    inside = (
        ...,
        slice(rows, mask.shape[-2] - rows),
        slice(columns, mask.shape[-1] - columns),
    )
    kept[inside] = mask[inside]
    return kept


POST_PROCESSING = {
    "none": lambda mask: mask,
    "largest_component": largest_component,
    "border_trim": border_trim,
}
"""By the name that protocols and score rows use."""


def post_process(mask: np.ndarray, name: str) -> np.ndarray:
    """Apply a post-processing of `POST_PROCESSING` to one structure of one case.

    Raises
    ------
    InputError
        The name is not known.
    """
    key = "post_processing"
    return find_named(POST_PROCESSING, name, key, "post-processing")(mask)
