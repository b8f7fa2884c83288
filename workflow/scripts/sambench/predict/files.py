"""Masks that someone else made, by case id, as the predictions of a method."""

import logging
from pathlib import Path

import numpy as np

from sambench.data.packed import PackedSlices
from sambench.data.preparation import prepare_mask, prepare_photo_mask
from sambench.data.readers import read_label_volume, read_photo_mask
from sambench.errors import InputError
from sambench.predict.store import Predictions

VOLUME_SUFFIXES = (".nii.gz", ".nii")
PHOTO_SUFFIXES = (".png", ".tif", ".tiff", ".bmp")

logger = logging.getLogger(__name__)


def read_predictions(
    folder: Path | str, packed: PackedSlices, *, canonical: bool = False
) -> Predictions:
    """Read the masks of every test case of a target.

    A case is `<case>` with one of the suffixes, a map of the label values of the data
    set; or a file `<case>_<structure>` for each structure, where anything but 0 is the
    structure. Masks are on the grid of the original image, or on the packed one. A case
    without a file, and a structure without one, is predicted empty: a failure wherever
    there was something to find.

    Parameters
    ----------
    folder : Path or str
        Folder of the files of this target.
    packed : PackedSlices
        The target.
    canonical : bool
        Turn volumes to the closest RAS orientation, where the layout of the data set
        turns its own.

    Returns
    -------
    Predictions
        Of every slice of every test case.

    Raises
    ------
    InputError
        The folder is not there, or a mask has another grid than its case.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(
            where=folder,
            found="no such folder",
            expected=f"masks of the cases of {packed.domain}, such as "
            f"{packed.cases('test')[0]}{_suffixes(packed)[0]}",
            remedy="Correct `predictions.folder` of the method",
        )
    rows = packed.rows("test")
    structures = list(packed.structures)
    height, width = packed.masks.shape[1:]
    masks = np.zeros((len(rows), len(structures), height, width), bool)
    place = {int(row): number for number, row in enumerate(rows)}
    missing = []
    for case in packed.cases("test"):
        slices = [place[int(row)] for row in packed.case_rows(case)]
        found = _case_masks(folder, case, packed, len(slices), canonical)
        if found is None:
            missing.append(case)
        else:
            masks[slices] = found
    if missing:
        logger.warning(
            f"{folder}: {len(missing)} of {len(packed.cases('test'))} cases have no "
            f"mask and count as failures: {', '.join(missing[:8])}"
        )
    return Predictions(rows, masks, structures)


def _case_masks(
    folder: Path, case: str, packed: PackedSlices, n_slices: int, canonical: bool
) -> np.ndarray | None:
    """Give the masks (Z, C, H, W) of one case, or None where there is no file."""
    whole = _find(folder, case, packed)
    if whole is not None:
        labels = _read(whole, packed, n_slices, canonical)
        parts = [np.isin(labels, values) for values in packed.structures.values()]
        return np.stack(parts, axis=1)
    shape = (n_slices, *packed.masks.shape[1:])
    parts, any_file = [], False
    for structure in packed.structures:
        path = _find(folder, f"{case}_{structure}", packed)
        any_file |= path is not None
        parts.append(
            np.zeros(shape, bool)
            if path is None
            else _read(path, packed, n_slices, canonical) > 0
        )
    return np.stack(parts, axis=1) if any_file else None


def _suffixes(packed: PackedSlices) -> tuple[str, ...]:
    return PHOTO_SUFFIXES if packed.kind == "photo" else VOLUME_SUFFIXES


def _find(folder: Path, name: str, packed: PackedSlices) -> Path | None:
    paths = (folder / f"{name}{suffix}" for suffix in _suffixes(packed))
    return next((path for path in paths if path.is_file()), None)


def _read(
    path: Path, packed: PackedSlices, n_slices: int, canonical: bool
) -> np.ndarray:
    """Read one file onto the packed grid, (Z, H, W) uint8."""
    if packed.kind == "photo":
        mask = read_photo_mask(path)[None]
        native = packed.slices.iloc[0]
        mask = prepare_photo_mask(mask[0], packed.preparation)[None]
        expected = f"an image of {native.native_rows} x {native.native_columns} pixels"
    else:
        mask = read_label_volume(path, canonical).array
        expected = f"{n_slices} slices, on the grid of the image"
        if mask.shape[0] == n_slices:
            mask = prepare_mask(mask, packed.preparation)
    if mask.shape != (n_slices, *packed.masks.shape[1:]):
        raise InputError(
            where=path,
            found=f"a mask of shape {mask.shape} (slices, rows, columns)",
            expected=expected,
            remedy="Write the mask on the grid of the original image",
        )
    return mask
