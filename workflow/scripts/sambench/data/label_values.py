"""Label values: of what a file of a mask holds, and of which structures."""

from pathlib import Path

import numpy as np

from sambench.errors import InputError

#: How far a value may be from a whole number: factors of headers are 32-bit numbers.
ROUNDING = 1e-3

_MOST = 40  # values of a mask; more are looked at


def as_labels(array: np.ndarray, path: Path) -> np.ndarray:
    """Convert the numbers of a mask to label values, uint8 of the same shape.

    Raises
    ------
    InputError
        If a value is further than `ROUNDING` from a whole number in 0..255.
    """
    if array.dtype == np.uint8:
        return array
    if array.dtype.kind == "b":
        return array.astype(np.uint8)
    whole = np.rint(array) if array.dtype.kind == "f" else array
    # A comparison with NaN is false, so NaN fails here as it should.
    if ((whole >= 0) & (whole <= 255) & (abs(array - whole) <= ROUNDING)).all():
        return whole.astype(np.uint8)
    raise InputError(
        where=path,
        found=f"mask values from {array.min():g} to {array.max():g}"
        + (", not all whole numbers" if array.dtype.kind == "f" else ""),
        expected="whole numbers from 0 to 255",
        remedy="Check that the path names the mask and not the image or probabilities",
    )


def is_graded(labels: np.ndarray) -> bool:
    """Return whether most pixels differ from their neighbour, as in no map of organs.

    So it is in an image, in a map of probabilities, and where compression has changed a
    mask. Neighbours are compared if neither is background, or what such a map is sure
    of: the two values that are most frequent in an array ``(..., W)`` of uint8.
    """
    frequent = np.argsort(np.bincount(labels.ravel(), minlength=2))[-2:]
    rare = ~np.isin(labels, frequent)
    between = rare[..., 1:] & rare[..., :-1]
    equal = labels[..., 1:] == labels[..., :-1]
    return bool(np.count_nonzero(equal & between) < np.count_nonzero(between) / 2)


def refuse_graded(labels: np.ndarray, count: int, where: object) -> None:
    """Refuse what is no mask: of `count` values, many, which `is_graded` tells.

    Raises
    ------
    InputError
        If it is an image or a map of probabilities.
    """
    if count > _MOST and is_graded(labels):
        raise InputError(
            where=where,
            found=f"{count} values that change from pixel to pixel",
            expected="the few values of a mask, not an image or probabilities",
            remedy="Correct the path, or threshold the map",
        )


def label_table(structures: dict[str, list[int]]) -> np.ndarray:
    """Make the look-up table ``(C, 256)`` bool from label value to structures."""
    table = np.zeros((len(structures), 256), bool)
    for channel, values in enumerate(structures.values()):
        table[channel, list(values)] = True
    return table
