"""AMOS22: abdominal CT and MR, 15 organs.

Layout: ``[amos22/]{imagesTr,labelsTr,imagesVa,labelsVa}/amos_XXXX.nii.gz``. Ids below
500 are CT, the others MR. The labels of ``imagesTs`` are withheld, so that folder is
left alone; ``Va`` counts when its labels are there. The published split is Tr (train)
and Va (test).
"""

from pathlib import Path

from sambench.data.cases import Case
from sambench.data.datasets.dataset import Dataset, base_folder, matching, no_cases
from sambench.data.datasets.pairing import NIFTI, pairs_in
from sambench.data.file_names import subfolder

#: First id of the MR part (the first MR case is amos_0507).
FIRST_MR_ID = 500

_SPLITS = {"Tr": "train", "Va": "test"}
_FILE = rf"(amos_\d+){NIFTI}"


def find_cases(root: Path) -> list[Case]:
    """List the labelled cases, groups ``ct`` and ``mr``."""
    root = Path(root)
    base = base_folder(
        root, lambda folder: bool(matching(subfolder(folder, "labelsTr"), _FILE))
    )
    cases = []
    for part, split in _SPLITS.items():
        folders = [subfolder(base, f"{kind}{part}") for kind in ("images", "labels")]
        if not matching(folders[1], _FILE):
            continue
        sides = [(folder, _FILE, "{}.nii.gz") for folder in folders]
        for name, image, mask in pairs_in(root, *sides):
            group = "ct" if int(name.split("_")[1]) < FIRST_MR_ID else "mr"
            cases.append(Case(name, group, name, split, image, mask))
    if not cases:
        pattern = "imagesTr/amos_XXXX.nii.gz with labelsTr/amos_XXXX.nii.gz"
        raise no_cases("amos22", base, pattern)
    return sorted(cases)


DATASET = Dataset("amos22", "volume", frozenset(range(16)), find_cases, canonical=True)
