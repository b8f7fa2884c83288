"""NCI-ISBI 2013: prostate T2 MRI of two scanners, labels 1 peripheral, 2 central zone.

Layout: masks ``[...]/Prostate3T-01-0001.nrrd`` (Siemens, 3 T) and
``ProstateDx-01-0001.nrrd`` (Philips, 1.5 T, endorectal coil), perhaps with a suffix
such as ``_correctedLabels``; the images as ``[...]/<id>/<study>/<series>/*.dcm`` of the
NBIA Data Retriever, or converted as ``<id>.nii.gz``, which come first. The middle
number is the part of the challenge: 01 training, 02 leaderboard, 03 test.

The sites RUNMC and BMC of SAML have as many cases as the training parts have, and were
cut from this set: what is not in SAML are parts 02 and 03, the groups ``*_later``. That
SAML holds part 01 and no other is inferred; the numbers of its cases are its own.
"""

import re
from collections import Counter
from pathlib import Path

from sambench.data.cases import Case
from sambench.data.datasets.dataset import Dataset, no_cases
from sambench.data.datasets.pairing import found_below, paired
from sambench.data.junk import is_junk

_ID = r"((?:Prostate3T|ProstateDx)-0[123]-\d{4})"
#: Its image and its mask are of different patients, as others found.
MISMATCHED = frozenset({"ProstateDx-01-0055"})


def find_cases(root: Path) -> list[Case]:
    """List the labelled cases by scanner and part.

    Parameters
    ----------
    root : Path
        Folder above images and masks.

    Raises
    ------
    InputError
        If there is no labelled case.
    """
    root = Path(root)
    masks = found_below(root, rf"(?:.*/)?{_ID}(?:_\w+)?\.nrrd")
    images = _series(root) | found_below(root, rf"(?:.*/)?{_ID}\.nii(?:\.gz)?")
    expected = ("images/{name}", "masks/{name}.nrrd")
    by_group: dict[str, list[str]] = {}
    for name in masks:
        if name not in MISMATCHED:
            by_group.setdefault(_group(name), []).append(name)
    if not by_group:
        pattern = "Prostate3T-01-0001.nrrd with a folder Prostate3T-01-0001 of DICOM"
        raise no_cases("nci_isbi", root, pattern)
    return sorted(
        case
        for group, names in by_group.items()
        for case in paired(root, names, images, masks, expected, group=group)
    )


def _group(name: str) -> str:
    scanner, part, _ = name.lower().split("-")
    return scanner if part == "01" else f"{scanner}_later"


def _series(root: Path) -> dict[str, Path]:
    """Map each patient to the folder with most DICOM files."""
    counts = Counter(
        path.parent
        for path in sorted(root.rglob("*.dcm"))
        if not is_junk(path.relative_to(root).as_posix())
    )
    found: dict[str, Path] = {}
    for folder, _ in counts.most_common():
        named = re.findall(_ID, folder.relative_to(root).as_posix())
        if named:
            found.setdefault(named[0], folder)
    return found


DATASET = Dataset(
    id="nci_isbi",
    kind="volume",
    labels=frozenset({0, 1, 2}),
    find_cases=find_cases,
)
