"""List what lies in the folder of a data set and is in no case: misnamed, perhaps."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from sambench.data.archive_format import SUFFIXES
from sambench.data.cases import Case, mask_files
from sambench.data.file_names import files_below
from sambench.data.findings import NOT_CHECKED, Finding
from sambench.data.mask_folder import PHOTOS, VOLUMES
from sambench.errors import first_few

_ENDINGS = (*VOLUMES, *PHOTOS, ".jpg", ".jpeg", ".npz", *SUFFIXES)


def unused_files(dataset: str, root: Path, cases: Sequence[Case]) -> list[Finding]:
    """Make findings of images that have no mask, and of files that are in no case.

    Most data sets hold some of these, such as other sequences or test images without a
    mask.
    """
    findings, count = [], len(cases)
    if names := getattr(cases, "left_out", ()):
        found = f"{len(names)} left out ({first_few(names)})"
        about = ("images without a mask", "a mask for every image", found)
        findings.append(Finding(dataset, *about, NOT_CHECKED, count, tuple(names)))
    if names := unused_names(root, cases):
        found = f"{len(names)} not used ({first_few(names)})"
        expected = "each file in a case, or none that is needed"
        about = ("files of no case", expected, found)
        findings.append(Finding(dataset, *about, NOT_CHECKED, len(names)))
    return findings


def unused_names(root: Path, cases: Iterable[Case]) -> list[str]:
    """List the volumes, images and archives below a folder that belong to no case."""
    used = {n for case in cases for n in mask_files(case.image) + mask_files(case.mask)}
    names = [
        path.relative_to(root).as_posix()
        for path in files_below(root)
        if path.name.lower().endswith(_ENDINGS)
    ]
    return [name for name in names if name not in used]
