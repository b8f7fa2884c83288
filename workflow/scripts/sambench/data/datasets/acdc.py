"""ACDC: cardiac cine MR, two frames a patient, labels 1 RV, 2 myocardium, 3 LV.

Layout: ``[ACDC/database/]{training,testing}/patientNNN/patientNNN_frameXX.nii.gz`` with
``patientNNN_frameXX_gt.nii.gz``. The film ``patientNNN_4d.nii.gz`` has no labels and is
left alone. The published split is the folder.
"""

from pathlib import Path

from sambench.data.cases import Case
from sambench.data.datasets.dataset import Dataset, base_folder, no_cases
from sambench.data.datasets.pairing import NIFTI, pairs_in
from sambench.data.file_names import entries, subfolder

_SPLITS = {"training": "train", "testing": "test"}
_FRAME = r"(patient\d+_frame\d+)"


def find_cases(root: Path) -> list[Case]:
    """List both frames of every patient; either part may be absent."""
    root = Path(root)
    base = base_folder(root, lambda folder: any(_patients(folder, s) for s in _SPLITS))
    cases = []
    for part, split in _SPLITS.items():
        for folder in _patients(base, part):
            images = (folder, _FRAME + NIFTI, "{}.nii.gz")
            masks = (folder, f"{_FRAME}_gt{NIFTI}", "{}_gt.nii.gz")
            cases += [
                Case(name, "mr", folder.name, split, image, mask)
                for name, image, mask in pairs_in(root, images, masks)
            ]
    if not cases:
        pattern = "{training,testing}/patientNNN/patientNNN_frameXX.nii.gz"
        raise no_cases("acdc", base, pattern)
    return sorted(cases)


def _patients(base: Path, part: str) -> list[Path]:
    return [
        folder
        for folder in entries(subfolder(base, part))
        if folder.is_dir() and folder.name.lower().startswith("patient")
    ]


DATASET = Dataset("acdc", "volume", frozenset(range(4)), find_cases)
