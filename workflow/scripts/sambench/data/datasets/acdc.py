"""ACDC: cardiac cine MR, two frames a patient, labels 1 RV, 2 myocardium, 3 LV.

Layout: ``[ACDC/database/]{training,testing}/patientNNN/patientNNN_frameXX.nii.gz`` with
``patientNNN_frameXX_gt.nii.gz``. The film ``patientNNN_4d.nii.gz`` has no labels and is
left alone. The published split is the folder.
"""

from pathlib import Path

from sambench.data.cases import Case
from sambench.data.datasets.dataset import (
    Dataset,
    base_folder,
    entries,
    matching,
    no_cases,
)
from sambench.data.file_names import subfolder

_SPLITS = {"training": "train", "testing": "test"}
_IMAGE = r"(patient\d+_frame\d+)\.nii(?:\.gz)?"
_MASK = r"(patient\d+_frame\d+)_gt\.nii(?:\.gz)?"


def find_cases(root: Path) -> list[Case]:
    """List both frames of every patient.

    Parameters
    ----------
    root : Path
        Folder of ``training`` and ``testing`` (either may be absent), or up to two
        levels above it.

    Raises
    ------
    InputError
        If there is no case.
    """
    root = Path(root)
    base = base_folder(root, lambda folder: any(_patients(folder, s) for s in _SPLITS))
    cases = []
    for part in _SPLITS:
        for folder in _patients(base or root, part):
            cases.extend(_patient_cases(root, folder, _SPLITS[part]))
    if not cases:
        pattern = "{training,testing}/patientNNN/patientNNN_frameXX.nii.gz"
        raise no_cases("acdc", base or root, pattern)
    return sorted(cases)


def _patients(base: Path, part: str) -> list[Path]:
    return [
        folder
        for folder in entries(subfolder(base, part))
        if folder.is_dir() and folder.name.lower().startswith("patient")
    ]


def _patient_cases(root: Path, folder: Path, split: str) -> list[Case]:
    images, masks = matching(folder, _IMAGE), matching(folder, _MASK)
    cases = []
    for name in images.keys() | masks.keys():
        image = images.get(name, folder / f"{name}.nii.gz")
        mask = masks.get(name, folder / f"{name}_gt.nii.gz")
        cases.append(
            Case(
                case=name,
                group="mr",
                patient=folder.name,
                split=split,
                image=image.relative_to(root).as_posix(),
                mask=mask.relative_to(root).as_posix(),
            )
        )
    return cases


DATASET = Dataset(
    id="acdc",
    kind="volume",
    labels=frozenset({0, 1, 2, 3}),
    find_cases=find_cases,
)
