"""Translate the numbers in a user's masks to label values."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from sambench.errors import InputError, count_of, first_few

_SHOWN = 6


def recode(
    mask: np.ndarray, codes: Mapping[int, int], words: Mapping[int, str], path: Path
) -> np.ndarray:
    """Replace the numbers in a uint8 mask by label values.

    Parameters
    ----------
    codes : mapping
        Number in the file to label value.
    words : mapping
        Number in the file to its word, for the message.

    Raises
    ------
    InputError
        If a number has no label value.
    """
    counts = np.bincount(mask.ravel(), minlength=256)
    unknown = [int(n) for n in np.flatnonzero(counts) if int(n) not in codes]
    if unknown:
        named = [f"{n} ({words[n]})" if n in words else str(n) for n in sorted(codes)]
        if len(named) > 2 * _SHOWN:
            named = [*named[:_SHOWN], "...", named[-1]]
        found = [f"{n} ({count_of(counts[n], 'pixel')})" for n in unknown]
        raise InputError(
            where=path,
            found=f"mask values {first_few(found, _SHOWN)}",
            expected=f"only {', '.join(named)}",
            remedy="Name them under 'values', or add them to 'ignore'",
        )
    table = np.zeros(256, np.uint8)
    table[list(codes)] = list(codes.values())
    return table[mask]


def join_structures(masks: Sequence[np.ndarray]) -> np.ndarray:
    """Join a mask for each structure into one of label values, a bit for each."""
    joined = np.zeros(masks[0].shape, np.uint8)
    for bit, mask in enumerate(masks):
        joined |= (mask != 0).astype(np.uint8) << np.uint8(bit)
    return joined
