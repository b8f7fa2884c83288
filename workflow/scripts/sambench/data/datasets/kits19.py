"""KiTS19: CT of kidneys with tumours, labels 1 kidney, 2 tumour.

Layout: ``[data/]case_NNNNN/imaging.nii.gz`` with ``segmentation.nii.gz``; cases without
labels are left alone. Volumes are stored with the slices first, so they are turned by
their headers. case_00160 has slices of 512 x 796.
"""

from pathlib import Path

from sambench.data.cases import Case
from sambench.data.datasets.dataset import Dataset, no_cases
from sambench.data.datasets.pairing import found_below, paired

#: Cases with repeated slices (issue 6 of the data set's repository).
REPEATED_SLICES = ("case_00015", "case_00025", "case_00061", "case_00117")


def find_cases(root: Path, repeated_slices: bool = False) -> list[Case]:
    """List the labelled cases, group ``ct``.

    Parameters
    ----------
    root : Path
        Folder of the cases, or above it.
    repeated_slices : bool
        Whether to keep the cases of `REPEATED_SLICES`.

    Raises
    ------
    InputError
        If there is no labelled case.
    """
    root = Path(root)
    images = found_below(root, r"(?:.*/)?(case_\d+)/imaging\.nii(?:\.gz)?")
    masks = found_below(root, r"(?:.*/)?(case_\d+)/segmentation\.nii(?:\.gz)?")
    names = masks if repeated_slices else masks.keys() - set(REPEATED_SLICES)
    if not names:
        pattern = "case_NNNNN/imaging.nii.gz with segmentation.nii.gz"
        raise no_cases("kits19", root, pattern)
    expected = ("{name}/imaging.nii.gz", "{name}/segmentation.nii.gz")
    return paired(root, names, images, masks, expected, group="ct")


DATASET = Dataset(
    id="kits19",
    kind="volume",
    labels=frozenset({0, 1, 2}),
    find_cases=find_cases,
    canonical=True,
    options=("repeated_slices",),
)
