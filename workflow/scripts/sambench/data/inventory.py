"""List the cases of a data set after checking every one of them.

Reads every image and mask once; writes ``results/inventory/<dataset>.csv``. Everything
that is wrong with a data set is reported in one error, so that it is mended in one go.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from sambench.atomic import atomic_path
from sambench.data.case_checks import case_faults, listed, reading_fault
from sambench.data.case_doubts import (
    Doubt,
    case_doubts,
    directions,
    list_doubts,
    mixed_directions,
)
from sambench.data.cases import INVENTORY_COLUMNS, Case, mask_files
from sambench.data.datasets import Dataset
from sambench.data.file_names import alike
from sambench.data.findings import WARNING, Finding
from sambench.data.pairs import CasePair, read_pair
from sambench.errors import InputError, count_of, listed_faults

logger = logging.getLogger(__name__)

_REMEDY = "Mend or replace these files, or unpack the archive again"
_REMEDIES = 3


def cases_of(group: str, cases: Sequence[Case], root: Path) -> list[Case]:
    """Select the cases of one group; an `InputError` if there is none."""
    chosen = [case for case in cases if case.group == group]
    if not chosen:
        raise InputError(
            where=root,
            found=f"no case in group '{group}'",
            expected="a group that is there: "
            + ", ".join(sorted({case.group for case in cases})),
            remedy="Correct the group of the domain or complete the data set",
        )
    return chosen


def check_cases(
    dataset: Dataset, cases: Sequence[Case], root: Path
) -> tuple[pd.DataFrame, list[Finding]]:
    """Check cases of an unpacked data set.

    Parameters
    ----------
    cases : sequence of Case
        As the data set lists them.
    root : Path
        Unpacked archive or local folder.

    Returns
    -------
    DataFrame
        The inventory: a row per case, sorted by group and case, with the columns of
        `INVENTORY_COLUMNS`.
    list of Finding
        What is no fault but has to be looked at; each is logged too.

    Raises
    ------
    InputError
        If a case has a missing or damaged file, image and mask of different shape or
        geometry, unknown label values, an empty mask, a constant image, or intensities
        that are not finite. All findings are in one error.
    """
    faults = _repeated(cases)
    checked = [_check_case(case, root, dataset) for case in cases]
    faults += [fault for one in checked for fault in one.faults]
    if faults:
        remedies = dict.fromkeys(one.remedy for one in checked if one.faults)
        raise InputError(
            where=root,
            found=listed_faults(faults, f"in data set {dataset.id}"),
            expected="none",
            remedy=". ".join(list(remedies)[:_REMEDIES]) or _REMEDY,
        )
    rows = [one.row for one in checked]
    doubts = [doubt for one in checked for doubt in one.doubts]
    codes = {one.row["case"]: one.directions for one in checked}
    findings = list_doubts(dataset.id, len(cases), doubts)
    if mixed := mixed_directions(codes):
        about = ("directions", "all cases cut and turned alike", mixed)
        findings.append(Finding(dataset.id, *about, WARNING, len(cases)))
    for finding in findings:
        logger.warning(f"{dataset.id}: {finding.check}: {finding.found}")
    outcome = "look at the warnings" if findings else "no fault found"
    logger.info(f"{dataset.id}: {count_of(len(rows), 'case')}, {outcome}")
    inventory = pd.DataFrame(rows, columns=list(INVENTORY_COLUMNS))
    inventory = inventory.astype(INVENTORY_COLUMNS)
    return inventory.sort_values(["group", "case"], ignore_index=True), findings


def write_inventory(inventory: pd.DataFrame, path: Path) -> None:
    """Write an inventory as CSV, with the columns of `INVENTORY_COLUMNS`."""
    with atomic_path(path) as temporary:
        inventory[list(INVENTORY_COLUMNS)].to_csv(temporary, index=False)


def read_inventory(path: Path) -> pd.DataFrame:
    """Read what `write_inventory` wrote.

    Raises
    ------
    InputError
        If the file is missing or lacks a column.
    """
    path = Path(path)
    numbers = [name for name, dtype in INVENTORY_COLUMNS.items() if dtype != "str"]
    try:
        inventory = pd.read_csv(
            path,
            dtype=INVENTORY_COLUMNS,
            keep_default_na=False,
            na_values={name: [""] for name in numbers},
            float_precision="round_trip",
        )
        return inventory[list(INVENTORY_COLUMNS)].astype(INVENTORY_COLUMNS)
    except (OSError, ValueError, KeyError) as error:
        raise InputError(
            where=path,
            found=f"no inventory ({error})",
            expected=f"a CSV file with columns {', '.join(INVENTORY_COLUMNS)}",
            remedy="Delete the file and run the workflow again",
        ) from error


class _Checked(NamedTuple):
    """A case: its row, or its faults and what to do; doubts; where its axes point."""

    row: dict
    faults: list[str]
    doubts: Sequence[Doubt] = ()
    directions: str = ""
    remedy: str = _REMEDY


def _check_case(case: Case, root: Path, dataset: Dataset) -> _Checked:
    missing = [
        f"{path}: found no such file, expected the {what} of case {case.case} ({other})"
        + (f"; there is {', '.join(others)}" if (others := alike(root / path)) else "")
        for what, files, other in (
            ("image", case.image, f"mask {case.mask}"),
            ("mask", case.mask, f"image {case.image}"),
        )
        for path in mask_files(files)
        if not (root / path).exists()  # an image may be a folder of DICOM files
    ]
    if missing:
        return _Checked({}, missing)
    try:
        pair = read_pair(case, root, dataset)
    except InputError as error:
        return _Checked({}, [reading_fault(error, root)], remedy=error.remedy)
    if faults := case_faults(case, pair, dataset):
        return _Checked({}, faults)
    row = _row(case, pair, dataset)
    return _Checked(row, [], case_doubts(case, pair), directions(pair))


def _row(case: Case, pair: CasePair, dataset: Dataset) -> dict:
    mask = pair.mask if pair.mask.ndim == 3 else pair.mask[None]
    sizes = zip(("n_slices", "n_rows", "n_columns"), mask.shape, strict=True)
    steps = zip("zyx", pair.spacing or (np.nan,) * 3, strict=True)
    return {
        "dataset": dataset.id,
        **vars(case),
        "kind": dataset.kind,
        **dict(sizes),
        **{f"spacing_{axis}": step for axis, step in steps},
        "labels": listed(np.unique(mask).tolist()),
        "foreground_slices": int(mask.any(axis=(1, 2)).sum()),
        "foreground_voxels": int(np.count_nonzero(mask)),
    }


def _repeated(cases: Sequence[Case]) -> list[str]:
    counts = Counter((case.group, case.case) for case in cases)
    return [
        f"{group}/{name}: found {count} times, expected once"
        for (group, name), count in counts.items()
        if count > 1
    ]
