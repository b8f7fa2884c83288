"""AbdomenCT-1K: CT, labels 1 liver, 2 kidney, 3 spleen, 4 pancreas.

Layout: ``Case_XXXXX_0000.nii.gz`` in the three image archives, ``Case_XXXXX.nii.gz`` in
the archive of masks, at any depth. Images without a mask are left alone. Headers differ
in orientation.
"""

from pathlib import Path

from sambench.data.cases import Case
from sambench.data.datasets.dataset import Dataset, no_cases
from sambench.data.datasets.pairing import found_below, paired


def find_cases(root: Path) -> list[Case]:
    """List the labelled cases, group ``ct``.

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
    images = found_below(root, r"(?:.*/)?(Case_\d{5})_0000\.nii(?:\.gz)?")
    masks = found_below(root, r"(?:.*/)?(Case_\d{5})\.nii(?:\.gz)?")
    if not masks:
        pattern = "Case_XXXXX_0000.nii.gz with Case_XXXXX.nii.gz"
        raise no_cases("abdomenct1k", root, pattern)
    expected = ("{name}_0000.nii.gz", "{name}.nii.gz")
    return paired(root, masks, images, masks, expected, group="ct")


DATASET = Dataset(
    id="abdomenct1k",
    kind="volume",
    labels=frozenset(range(5)),
    find_cases=find_cases,
    canonical=True,
)
