"""Masks that someone else made, by case id, as the predictions of a method."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np

from sambench.data.case_masks import CaseMasks
from sambench.data.file_names import name_key
from sambench.data.geometry import header_differs, matched, turned
from sambench.data.image_files import read_photo_mask
from sambench.data.label_values import refuse_graded
from sambench.data.mask_folder import PHOTOS, VOLUMES, MaskFolder, list_masks
from sambench.data.own.recoding import recode
from sambench.data.packed import PackedSlices
from sambench.data.predictions import Predictions
from sambench.data.preparation import prepare_mask, prepare_photo
from sambench.data.readers import read_label_volume
from sambench.errors import InputError, first_few
from sambench.metrics.label_units import LabelUnits

logger = logging.getLogger(__name__)


def read_predictions(
    folder: Path | str,
    packed: PackedSlices,
    known: Iterable[int] = (),
    structures: Mapping[str, Sequence[int]] | None = None,
    codes: Mapping[int, int] | None = None,
) -> Predictions:
    """Read the masks of every test case of a target.

    A case is `<case>` with one of the suffixes, a map of the label values of the data
    set; or a file `<case>_<structure>` for each structure, where anything but 0 is the
    structure. Masks are on the grid of the original image, with all its slices; they
    are kept as they are there, and brought to the packed grid as labels are. A case
    without a file, and a structure without one, is predicted empty: a failure wherever
    there was something to find.

    Headers are compared with that of the image as it is stored. Where both are of the
    same voxels in another order, the image's is taken; else voxels are taken by index,
    and the header is warned of. Masks are then turned as their image was.

    Parameters
    ----------
    folder : Path or str
        Folder of the files of this target.
    packed : PackedSlices
        The target.
    known : iterable of int
        Label values of the data set, also those that the benchmark does not use.
    structures : mapping of str to sequence of int, optional
        The values of the structures in the files, if they are not the data set's.
    codes : mapping of int to int, optional
        From the numbers in masks of the user's own data to label values; the files hold
        such numbers too.

    Returns
    -------
    Predictions
        Predictions of every slice of every test case.

    Raises
    ------
    InputError
        The folder is not there or no case has a file in it, two files are of one name,
        a mask has another grid than its case, or values that stand for no structure.
    """
    values = packed.structures if structures is None else structures
    files = _find_files(Path(folder), packed, values)
    units = LabelUnits(values, known or set(chain(*values.values())))
    rows = packed.rows("test")
    structures = list(packed.structures)
    height, width = packed.masks.shape[1:]
    masks = np.zeros((len(rows), len(structures), height, width), bool)
    native, moved = CaseMasks(), []
    for case in packed.cases("test"):
        slices = np.searchsorted(rows, packed.case_rows(case))
        shape = (len(slices), len(structures), *packed.native_size(case))
        original = np.zeros(shape, bool)
        for path, by_channel, of_one in files.get(case, []):
            labels, elsewhere = _read(path, case, packed)
            if elsewhere:
                moved.append(path.name)
            if of_one:
                refuse_graded(labels, len(np.unique(labels)), path.name)
                labels = (labels > 0).astype(np.uint8)
            else:
                if codes is not None:
                    labels = recode(labels, codes, {}, path)
                units.add_prediction(path.name, labels)
            prepared = _prepared(labels, packed)
            for channel, chosen in by_channel.items():
                masks[slices, channel] = np.isin(prepared, chosen)
                original[:, channel] = np.isin(labels, chosen)
        if not packed.on_native_grid(case):
            native[case] = original
    if moved:
        logger.warning(
            f"{folder}: another origin, spacing or orientation in the header than that "
            "of the image; voxels are taken by index "
            f"({len(moved)}): {first_few(moved)}"
        )
    units.check(folder)
    return Predictions(rows, masks, structures, native)


class _File(NamedTuple):
    """A file of a case.

    Attributes
    ----------
    path : Path
    values : dict of int to sequence of int
        Its values that stand for a structure, by the number of the structure.
    of_one : bool
        Whether it is of one structure, which is anything but 0.
    """

    path: Path
    values: dict[int, Sequence[int]]
    of_one: bool = False


def _find_files(
    folder: Path, packed: PackedSlices, values: Mapping[str, Sequence[int]]
) -> dict[str, list[_File]]:
    """Find the files of each test case by their names."""
    suffixes, cases = _suffixes(packed), packed.cases("test")
    if not folder.is_dir():
        raise InputError(
            where=folder,
            found="no such folder",
            expected=f"masks of the cases of {packed.domain}, such as "
            f"{cases[0]}{suffixes[0]}",
            remedy="Correct `predictions.folder` of the method",
        )
    found = list_masks(folder, suffixes)
    files: dict[str, list[_File]] = {}
    for case in cases:
        whole = found.masks.get(name_key(case))
        parts = [found.masks.get(name_key(f"{case}_{name}")) for name in values]
        part = next(filter(None, parts), None)
        if whole is not None and part is not None:
            raise InputError(
                where=folder,
                found=f"two masks of case {case}: {whole.name} and {part.name}",
                expected="a label map, or a file for each structure",
                remedy="Keep one of them",
            )
        if whole is not None:
            files[case] = [_File(whole, dict(enumerate(values.values())))]
        elif part is not None:
            each = enumerate(parts)
            files[case] = [_File(path, {n: [1]}, True) for n, path in each if path]
    if not files:
        raise InputError(
            where=folder,
            found=f"no mask of any test case; the folder holds {found.holding()}",
            expected=f"names of cases, such as {cases[0]}{suffixes[0]}",
            remedy="Name each mask after its case, in a format that is read: "
            f"{' '.join(suffixes)}",
        )
    _report(found, files, packed, values)
    return files


def _report(
    found: MaskFolder,
    files: Mapping[str, list[_File]],
    packed: PackedSlices,
    values: Mapping[str, Sequence[int]],
) -> None:
    """Warn of what is missing or left over; refuse names that fit nothing."""
    folder, cases = found.path, packed.cases("test")
    parted = {
        case: {number for file in of for number in file.values}
        for case, of in files.items()
        if of[0].of_one
    }
    lacking = {
        name: [case for case, there in parted.items() if number not in there]
        for number, name in enumerate(values)
    }
    absent = [n for n, of in lacking.items() if of and len(of) == len(parted)]
    # Masks of training cases are only not needed
    known = {
        name_key(case if part is None else f"{case}_{part}")
        for case in packed.cases()
        for part in (None, *values)
    }
    strange = [path.name for key, path in found.masks.items() if key not in known]
    if absent and strange:
        raise InputError(
            where=folder,
            found=f"no file of {', '.join(absent)} in any case, but files that fit no "
            f"case or structure: {first_few(strange)}",
            expected=f"names such as {cases[0]}_{absent[0]}{_suffixes(packed)[0]}",
            remedy="Name each file after its case and structure, or remove it",
        )
    for name, of in lacking.items():
        if of and name not in absent:
            logger.warning(
                f"{folder}: {len(of)} of {len(parted)} cases have no file of {name} "
                f"and count as failures: {first_few(of)}"
            )
    if absent:
        logger.warning(
            f"{folder}: no file of {', '.join(absent)} in any case, which counts as a "
            "failure"
        )
    if missing := [case for case in cases if case not in files]:
        logger.warning(
            f"{folder}: {len(missing)} of {len(cases)} cases have no mask and count as "
            f"failures: {first_few(missing)}"
        )
    if strange := strange + found.strangers:
        logger.warning(
            f"{folder}: files of no case ({len(strange)}): {first_few(strange)}"
        )


def _read(path: Path, case: str, packed: PackedSlices) -> tuple[np.ndarray, bool]:
    """Read those slices of a file that are packed, (Z, rows, columns) uint8.

    The second is whether its header places them elsewhere than that of the image.
    """
    if path.name.lower().endswith(PHOTOS):
        mask, elsewhere = read_photo_mask(path)[None], False
    else:
        grid, elsewhere = packed.stored_grid(case), False
        volume = read_label_volume(path)
        if grid.affine is not None:
            volume = matched(volume, grid.affine, grid.shape)
            elsewhere = header_differs(volume.affine, grid.affine, grid.shape)
        mask = turned(volume, grid.turn).array
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
    return mask[numbers], elsewhere


def _suffixes(packed: PackedSlices) -> tuple[str, ...]:
    """Return the suffixes of masks; a slice that came as a picture may be one."""
    if packed.kind == "photo":
        return PHOTOS
    headers = [packed.stored_grid(case).affine for case in packed.cases("test")]
    return VOLUMES + PHOTOS if any(header is None for header in headers) else VOLUMES


def _prepared(labels: np.ndarray, packed: PackedSlices) -> np.ndarray:
    """Bring label values (Z, rows, columns) to the packed grid."""
    if packed.kind == "photo":
        return prepare_photo(labels[0], packed.preparation)[None]
    return prepare_mask(labels, packed.preparation)
