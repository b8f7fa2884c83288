"""M&Ms: cardiac cine MR of five centres, labels 1 LV, 2 myocardium, 3 RV.

The labels of the ventricles are those of ACDC in reverse. Layout: ``<code>_sa.nii.gz``
and ``<code>_sa_gt.nii.gz``, films in 4D, below ``Training/Labeled``, ``Validation`` and
``Testing``; the information CSV gives the two labelled frames, counted from 0, in its
columns ED and ES. ``Unlabeled`` is left alone. Validation counts as training here.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from sambench.data.cases import Case
from sambench.data.csv_list import read_csv_list
from sambench.data.datasets.dataset import Dataset, no_cases
from sambench.data.datasets.pairing import ANY, NIFTI, FoundCases, found_below
from sambench.data.file_names import name_key
from sambench.errors import InputError

_CODES = ("external code", "code", "id")


def find_cases(root: Path) -> FoundCases:
    """List both labelled frames of every subject, group ``mr``.

    Raises
    ------
    InputError
        If there is no case, or the CSV is missing or lacks a column or a subject.
    """
    root = Path(root)
    images, masks, lists = found_below(
        root,
        rf"{ANY}(\w+)_sa{NIFTI}",
        rf"(?!.*Unlabeled/){ANY}(\w+)_sa_gt{NIFTI}",
        r"((?:.*/)?[^/]*information[^/]*\.csv)",
    )
    if not masks:
        raise no_cases("mnms", root, "<code>_sa.nii.gz with <code>_sa_gt.nii.gz")
    frames = _frames(root, lists)
    cases = []
    for code, mask in masks.items():
        image = images.get(code, mask.with_name(f"{code}_sa.nii.gz"))
        split = "test" if "Testing" in mask.relative_to(root).parts else "train"
        files = [path.relative_to(root).as_posix() for path in (image, mask)]
        for frame in frames(code):
            cases.append(
                Case(f"{code}_frame{frame:02d}", "mr", code, split, *files, frame)
            )
    masked = {name_key(code) for code in masks}
    bare = (
        code
        for code, path in images.items()
        if name_key(code) not in masked
        and "Unlabeled" not in path.relative_to(root).parts
    )
    return FoundCases(cases, bare)


def _frames(root: Path, lists: dict[str, Path]) -> Callable[[str], list[int]]:
    """Return the function from a subject's code to its frames."""
    if len(lists) != 1:
        some = f"{len(lists)} information CSVs: {', '.join(lists)}"
        raise InputError(
            where=root,
            found=some if lists else "no information CSV",
            expected="211230_M&Ms_Dataset_information_diagnosis_opendataset.csv",
            remedy="Put that of the open data set beside the films, and no other",
        )
    (path,) = lists.values()
    fault = partial(InputError, where=path, remedy="Use the CSV of the open data set")
    rows = read_csv_list(path)
    columns = list(rows[0]) if rows else []
    names = {name.lower(): name for name in columns}
    code = next((names[name] for name in _CODES if name in names), None)
    if code is None or not {"ed", "es"} <= names.keys():
        found = f"columns {', '.join(columns)}"
        raise fault(found=found, expected="External code, ED and ES")
    by_code = {row[code]: row for row in rows}

    def frames(subject: str) -> list[int]:
        row = by_code.get(subject, {})
        values = [row.get(names[key], "") for key in ("ed", "es")]
        if not all(value.isdigit() for value in values):
            found = f"no frames ED and ES for subject {subject}"
            raise fault(found=found, expected="two whole numbers")
        return sorted({int(value) for value in values})

    return frames


DATASET = Dataset("mnms", "volume", frozenset(range(4)), find_cases, film=True)
