"""Masks that someone else made, by case id, as the predictions of a method."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from sambench.data.packed import PackedSlices
from sambench.data.preparation import prepare_mask, prepare_photo_mask
from sambench.data.readers import read_label_volume, read_photo_mask
from sambench.errors import InputError
from sambench.predict.case_masks import CaseMasks
from sambench.predict.store import Predictions

VOLUME_SUFFIXES = (".nii.gz", ".nii")
PHOTO_SUFFIXES = (".png", ".tif", ".tiff", ".bmp")

logger = logging.getLogger(__name__)


def read_predictions(
    folder: Path | str,
    packed: PackedSlices,
    *,
    canonical: bool = False,
    structures: Mapping[str, Sequence[int]] | None = None,
) -> Predictions:
    """Read the masks of every test case of a target.

    A case is `<case>` with one of the suffixes, a map of the label values of the data
    set; or a file `<case>_<structure>` for each structure, where anything but 0 is the
    structure. Masks are on the grid of the original image, with all its slices; they
    are kept as they are there, and brought to the packed grid as labels are. A case
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
    structures : mapping of str to sequence of int, optional
        The values of structures in the files, in place of those of the data set.

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
    values_of = structures or packed.structures
    structures = list(packed.structures)
    height, width = packed.masks.shape[1:]
    masks = np.zeros((len(rows), len(structures), height, width), bool)
    native, missing = CaseMasks(), []
    for case in packed.cases("test"):
        found = _case_labels(folder, case, packed, canonical, values_of)
        if not found:
            missing.append(case)
        slices = np.searchsorted(rows, packed.case_rows(case))
        shape = (len(slices), len(structures), *packed.native_size(case))
        original = np.zeros(shape, bool)
        for labels, channels in found:
            prepared = _prepared(labels, packed)
            for channel, values in channels.items():
                masks[slices, channel] = np.isin(prepared, values)
                original[:, channel] = np.isin(labels, values)
        if not packed.on_native_grid(case):
            native[case] = original
    if missing:
        logger.warning(
            f"{folder}: {len(missing)} of {len(packed.cases('test'))} cases have no "
            f"mask and count as failures: {', '.join(missing[:8])}"
        )
    return Predictions(rows, masks, structures, native)


def _case_labels(
    folder: Path,
    case: str,
    packed: PackedSlices,
    canonical: bool,
    values_of: Mapping[str, Sequence[int]],
) -> list[tuple[np.ndarray, dict[int, list[int]]]]:
    """Read the files of a case: labels (Z, rows, columns), and values by channel."""
    whole = _find(folder, case, packed)
    if whole is not None:
        channels = dict(enumerate(values_of.values()))
        return [(_read(whole, case, packed, canonical), channels)]
    found = []
    for channel, structure in enumerate(packed.structures):
        path = _find(folder, f"{case}_{structure}", packed)
        if path is not None:
            mask = _read(path, case, packed, canonical) > 0
            found.append((mask.astype(np.uint8), {channel: [1]}))
    return found


def _suffixes(packed: PackedSlices) -> tuple[str, ...]:
    return PHOTO_SUFFIXES if packed.kind == "photo" else VOLUME_SUFFIXES


def _find(folder: Path, name: str, packed: PackedSlices) -> Path | None:
    paths = (folder / f"{name}{suffix}" for suffix in _suffixes(packed))
    return next((path for path in paths if path.is_file()), None)


def _read(path: Path, case: str, packed: PackedSlices, canonical: bool) -> np.ndarray:
    """Read those slices of a file that are packed, (Z, rows, columns) uint8."""
    if packed.kind == "photo":
        mask = read_photo_mask(path)[None]
    else:
        mask = read_label_volume(path, canonical).array
    rows, columns = packed.native_size(case)
    numbers = packed.slices["slice"].to_numpy()[packed.case_rows(case)]
    # Where slices are dropped, how many the image has is not kept: the last one is.
    dropped = packed.preparation.get("slices") is not None
    least = int(numbers[-1]) + 1
    fits = len(mask) >= least if dropped else len(mask) == least
    if not fits or mask.shape[1:] != (rows, columns):
        raise InputError(
            where=path,
            found=f"a mask of shape {mask.shape} (slices, rows, columns)",
            expected=f"{'at least ' if dropped else ''}{least} slices of {rows} x "
            f"{columns} pixels, as the image has",
            remedy="Write the mask on the grid of the original image",
        )
    return mask[numbers]


def _prepared(labels: np.ndarray, packed: PackedSlices) -> np.ndarray:
    """Bring label values (Z, rows, columns) to the packed grid."""
    if packed.kind == "photo":
        return prepare_photo_mask(labels[0], packed.preparation)[None]
    return prepare_mask(labels, packed.preparation)
