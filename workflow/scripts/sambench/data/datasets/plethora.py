"""PleThora: CT of lungs with pleural effusions, label 1 effusion.

Layout: masks ``Effusions/LUNG1-XXX/LUNG1-XXX_effusion_first_reviewer.nii.gz`` from the
archive; the CT beside them, as ``[...]/LUNG1-XXX/<study>/<series>/*.dcm`` of the NBIA
Data Retriever, or converted as ``LUNG1-XXX.nii.gz``, which comes first. Only patients
with an effusion have a mask.
"""

import re
from collections import Counter
from pathlib import Path

from sambench.data.cases import Case
from sambench.data.datasets.dataset import Dataset, no_cases
from sambench.data.datasets.pairing import found_below, paired
from sambench.data.junk import is_junk
from sambench.errors import unknown_name

REVIEWERS = ("first", "second", "third")


def find_cases(root: Path, reviewer: str = "first") -> list[Case]:
    """List the patients with an effusion, group ``ct``.

    Parameters
    ----------
    root : Path
        Folder above CT and masks.
    reviewer : str
        Whose masks, one of `REVIEWERS`; all patients have those of the first.

    Raises
    ------
    InputError
        If the reviewer is unknown or there is no case.
    """
    if reviewer not in REVIEWERS:
        where = "plethora option 'reviewer'"
        raise unknown_name(where, "reviewer", str(reviewer), REVIEWERS)
    root = Path(root)
    ending = rf"_effusion_{reviewer}_reviewer\.nii(?:\.gz)?"
    masks = found_below(root, r"(?:.*/)?(LUNG1-\d+)" + ending)
    images = _series(root) | found_below(root, r"(?:.*/)?(LUNG1-\d+)\.nii(?:\.gz)?")
    if not masks:
        pattern = f"LUNG1-XXX.nii.gz with LUNG1-XXX_effusion_{reviewer}_reviewer.nii.gz"
        raise no_cases("plethora", root, pattern)
    expected = ("CT/{name}", "Effusions/{name}")
    return paired(root, masks, images, masks, expected, group="ct")


def _series(root: Path) -> dict[str, Path]:
    """Map each patient to the folder with most DICOM files: the CT.

    Contours and segmentations of the same patient are one file each, in folders of
    their own.
    """
    counts = Counter(
        path.parent
        for path in sorted(root.rglob("*.dcm"))
        if not is_junk(path.relative_to(root).as_posix())
    )
    found = {}
    for folder, _ in counts.most_common():
        named = re.findall(r"LUNG1-\d+", folder.relative_to(root).as_posix())
        if named:
            found.setdefault(named[0], folder)
    return found


DATASET = Dataset(
    id="plethora",
    kind="volume",
    labels=frozenset({0, 1}),
    find_cases=find_cases,
    canonical=True,
    options=("reviewer",),
)
