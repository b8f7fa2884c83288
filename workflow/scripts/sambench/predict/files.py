"""Masks that someone else made, by case id, as the predictions of a method."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path

import numpy as np

from sambench.data.case_masks import CaseMasks
from sambench.data.file_names import name_key
from sambench.data.geometry import header_differs, matched, turned
from sambench.data.image_files import read_photo_mask
from sambench.data.mask_folder import PHOTOS, VOLUMES, list_masks
from sambench.data.own.recoding import recode
from sambench.data.packed import PackedSlices
from sambench.data.predictions import Predictions
from sambench.data.preparation import prepare_mask, prepare_photo_mask
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
    files = _Files(Path(folder), packed, values)
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
        for path, channels in files.of(case):
            labels, elsewhere = _read(path, case, packed)
            if elsewhere:
                moved.append(path.name)
            if len(channels) == 1 and files.by_structure(case):
                labels = (labels > 0).astype(np.uint8)
            else:
                if codes is not None:
                    labels = recode(labels, codes, {}, path)
                units.add_prediction(path.name, labels)
            prepared = _prepared(labels, packed)
            for channel, values in channels.items():
                masks[slices, channel] = np.isin(prepared, values)
                original[:, channel] = np.isin(labels, values)
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


class _Files:
    """The files of each case, found by name; what is missing or left over is told."""

    def __init__(
        self, folder: Path, packed: PackedSlices, values: Mapping[str, Sequence[int]]
    ):
        self._suffixes = _suffixes(packed)
        self._structures = values
        self._every = packed.cases()
        cases = packed.cases("test")
        if not folder.is_dir():
            raise InputError(
                where=folder,
                found="no such folder",
                expected=f"masks of the cases of {packed.domain}, such as "
                f"{cases[0]}{self._suffixes[0]}",
                remedy="Correct `predictions.folder` of the method",
            )
        self._found = list_masks(folder, self._suffixes)
        self._report(cases)

    def of(self, case: str) -> list[tuple[Path, dict[int, list[int]]]]:
        """Return the files of a case, each with its values by channel."""
        whole = self._find(case)
        if whole is not None:
            return [(whole, dict(enumerate(self._structures.values())))]
        parts = ((n, self._find(case, name)) for n, name in enumerate(self._structures))
        return [(path, {channel: [1]}) for channel, path in parts if path is not None]

    def by_structure(self, case: str) -> bool:
        """Return whether the case has a file for each structure."""
        return self._find(case) is None

    def _find(self, case: str, structure: str | None = None) -> Path | None:
        name = case if structure is None else f"{case}_{structure}"
        return self._found.masks.get(name_key(name))

    def _report(self, cases: list[str]) -> None:
        found = self._found
        missing = [case for case in cases if not self.of(case)]
        strange = self._strange()
        if len(missing) == len(cases):
            raise InputError(
                where=found.path,
                found=f"no mask of any test case; the folder holds {found.holding()}",
                expected=f"names of cases, such as {cases[0]}{self._suffixes[0]}",
                remedy="Name each mask after its case, in a format that is read: "
                f"{' '.join(self._suffixes)}",
            )
        self._check_doubles(cases)
        absent = self._absent_structures(cases)
        if absent and strange:
            raise InputError(
                where=found.path,
                found=f"no file of {', '.join(absent)} in any case, but files that fit "
                f"no case or structure: {first_few(strange)}",
                expected=f"names such as {cases[0]}_{absent[0]}{self._suffixes[0]}",
                remedy="Name each file after its case and structure, or remove it",
            )
        if absent:
            logger.warning(
                f"{found.path}: no file of {', '.join(absent)} in any case, which "
                "counts as a failure"
            )
        if missing:
            logger.warning(
                f"{found.path}: {len(missing)} of {len(cases)} cases have no mask and "
                f"count as failures: {first_few(missing)}"
            )
        if strange := strange + found.strangers:
            logger.warning(
                f"{found.path}: files of no case ({len(strange)}): {first_few(strange)}"
            )

    def _strange(self) -> list[str]:
        """List the masks of no case; those of training cases are only not needed."""
        names = {
            name_key(case if part is None else f"{case}_{part}")
            for case in self._every
            for part in (None, *self._structures)
        }
        masks = self._found.masks.items()
        return [path.name for key, path in masks if key not in names]

    def _check_doubles(self, cases: list[str]) -> None:
        for case in cases:
            parts = [self._find(case, name) for name in self._structures]
            whole, part = self._find(case), next(filter(None, parts), None)
            if whole is not None and part is not None:
                raise InputError(
                    where=self._found.path,
                    found=f"two masks of case {case}: {whole.name} and {part.name}",
                    expected="a label map, or a file for each structure",
                    remedy="Keep one of them",
                )

    def _absent_structures(self, cases: list[str]) -> list[str]:
        """List the structures that no case has, and warn of those that some lack."""
        lacking = defaultdict(list)
        parted = [case for case in cases if self.of(case) and self.by_structure(case)]
        for case in parted:
            for name in self._structures:
                if self._find(case, name) is None:
                    lacking[name].append(case)
        absent = [name for name, of in lacking.items() if len(of) == len(parted)]
        for name in lacking.keys() - set(absent):
            logger.warning(
                f"{self._found.path}: {len(lacking[name])} of {len(parted)} cases have "
                f"no file of {name} and count as failures: {first_few(lacking[name])}"
            )
        return absent


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
        return prepare_photo_mask(labels[0], packed.preparation)[None]
    return prepare_mask(labels, packed.preparation)
