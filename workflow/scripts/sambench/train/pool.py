"""Which slices of a source are trained on."""

from collections.abc import Sequence

import numpy as np

from sambench.data.packed import PackedSlices


def training_rows(
    domains: Sequence[PackedSlices], slices: str, held_out: Sequence[np.ndarray]
) -> list[np.ndarray]:
    """Select the rows of each domain that are trained on, ascending.

    Parameters
    ----------
    domains : sequence of PackedSlices
        The domains of the source.
    slices : str
        The recipe's `training.slices`: ``"all"``, or ``"foreground"`` for those that
        show a structure.
    held_out : sequence of ndarray of int
        Rows of each domain that are left out, see `validation_rows`.
    """
    foreground = slices == "foreground" or None
    rows = [domain.rows("train", foreground=foreground) for domain in domains]
    return [np.setdiff1d(*pair) for pair in zip(rows, held_out, strict=True)]
