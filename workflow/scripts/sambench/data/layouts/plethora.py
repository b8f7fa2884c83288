"""PleThora: CT of lungs with pleural effusions, label 1 effusion.

Layout: masks ``Effusions/LUNG1-XXX/LUNG1-XXX_effusion_first_reviewer.nii.gz`` from the
archive; the CT ``LUNG1-XXX.nii.gz``, which the user converts from DICOM, anywhere
beside them. Only patients with an effusion have a mask.
"""

from pathlib import Path

from sambench.data.cases import Case
from sambench.data.layouts.layout import Layout, no_cases
from sambench.data.layouts.pairing import found_below, paired
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
    images = found_below(root, r"(?:.*/)?(LUNG1-\d+)\.nii(?:\.gz)?")
    if not masks:
        pattern = f"LUNG1-XXX.nii.gz with LUNG1-XXX_effusion_{reviewer}_reviewer.nii.gz"
        raise no_cases("plethora", root, pattern)
    expected = ("CT/{name}.nii.gz", "Effusions/{name}")
    return paired(root, masks, images, masks, expected, group="ct")


LAYOUT = Layout(
    dataset="plethora",
    kind="volume",
    labels=frozenset({0, 1}),
    find_cases=find_cases,
    canonical=True,
    options=("reviewer",),
)
