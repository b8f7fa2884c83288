"""Read one case and bring its slices to the form in which they are packed."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sambench.data.datasets import Dataset
from sambench.data.label_values import label_table
from sambench.data.pairs import CasePair, read_listed
from sambench.data.preparation import (
    prepare_mask,
    prepare_photo,
    prepare_volume,
)
from sambench.data.slice_choice import labelled_span, large_enough


@dataclass(frozen=True)
class PreparedCase:
    """The slices of a case as they are packed.

    Attributes
    ----------
    image : np.ndarray
        ``(n, H, W)``, or ``(n, H, W, 3)`` of photographs and several channels.
    mask : np.ndarray
        ``(n, H, W)`` uint8 label values.
    slices : np.ndarray
        ``(n,)`` indices in the volume.
    foreground : np.ndarray
        ``(n,)`` bool: whether a structure is on the slice.
    native : np.ndarray or None
        ``(n, rows, columns)`` uint8 label values of the same slices as they are in the
        file; None if `mask` is on the grid of the file.
    grid : dict or None
        How a volume is stored and was turned, for JSON; None for a photograph.
    """

    image: np.ndarray
    mask: np.ndarray
    slices: np.ndarray
    foreground: np.ndarray
    native: np.ndarray | None
    grid: dict | None = None


def prepare_case(
    row: tuple, root: Path, dataset: Dataset, preparation: dict, structures: dict
) -> PreparedCase:
    """Read and prepare a case: without slices if the preparation leaves it out.

    Parameters
    ----------
    row : tuple
        A row of the inventory as ``DataFrame.itertuples`` gives it.
    structures : dict
        Name of the structure to its label values.

    Raises
    ------
    InputError
        If a file is damaged, or other than the inventory says.
    """
    pair = read_listed(row, root, dataset)
    any_structure = label_table(structures).any(axis=0)
    if dataset.kind == "photo":
        image = prepare_photo(pair.image, preparation)[None]
        native = pair.mask[None]
        mask = prepare_photo(pair.mask, preparation)[None]
        chosen = np.arange(1)
    else:
        image, mask, native, chosen = _prepared_volume(pair, preparation, any_structure)
    foreground = any_structure[mask].any(axis=(1, 2))
    native = None if mask.shape == native.shape else native
    # Own predictions are compared with it before they are turned as the image was.
    grid = None if pair.grid is None else pair.grid.as_json()
    return PreparedCase(image, mask, chosen, foreground, native, grid)


def _prepared_volume(
    pair: CasePair, preparation: dict, any_structure: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return image, mask, native mask and indices of the slices that are kept."""
    rule = preparation.get("slices")
    labels = pair.mask
    if preparation.get("mask_anti_aliasing"):
        # Grey values between labels mean nothing: one structure, under one value.
        labels = any_structure[labels] * np.uint8(np.flatnonzero(any_structure)[0])
    chosen = np.arange(len(labels))
    if rule is not None:
        chosen = labelled_span(any_structure[labels], rule)
        labels = labels[chosen]
    mask = prepare_mask(labels, preparation)
    if rule is not None:
        kept = large_enough(any_structure[mask], rule)
        chosen, mask, labels = chosen[kept], mask[kept], labels[kept]
    if pair.image.ndim == 3:
        return prepare_volume(pair.image, preparation, chosen), mask, labels, chosen
    channels = [
        prepare_volume(channel, preparation, chosen)
        for channel in np.moveaxis(pair.image, -1, 0)
    ]
    return np.stack(channels, axis=-1), mask, labels, chosen
