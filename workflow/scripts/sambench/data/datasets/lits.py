"""LiTS: CT of livers with tumours, labels 1 liver, 2 tumour.

Layout: ``[.../]volume-N.nii`` with ``segmentation-N.nii``, the challenge's training
batches in one folder or several. Headers differ in orientation. The test volumes have
no labels and are left alone.
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
        Folder of the volumes, or above it.

    Raises
    ------
    InputError
        If there is no labelled case.
    """
    root = Path(root)
    images = found_below(root, r"(?:.*/)?volume-(\d+)\.nii(?:\.gz)?")
    masks = found_below(root, r"(?:.*/)?segmentation-(\d+)\.nii(?:\.gz)?")
    if not masks:
        raise no_cases("lits", root, "volume-N.nii with segmentation-N.nii")
    images = {f"lits_{number}": path for number, path in images.items()}
    masks = {f"lits_{number}": path for number, path in masks.items()}
    expected = ("volume of {name}", "segmentation of {name}")
    return paired(root, masks, images, masks, expected, group="ct")


DATASET = Dataset(
    id="lits",
    kind="volume",
    labels=frozenset({0, 1, 2}),
    find_cases=find_cases,
    canonical=True,
)
