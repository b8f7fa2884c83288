"""HECKTOR 2022: CT and PET of head and neck tumours, labels 1 GTVp, 2 GTVn.

Layout: ``[hecktor2022_training/]imagesTr/<CENTRE-NNN>__{CT,PT}.nii.gz`` with
``labelsTr/<CENTRE-NNN>.nii.gz``. Masks lie on the grid of the CT, so the PET is
resampled to it. Each modality is a group, so that a patient is a case in both.
"""

from pathlib import Path

from sambench.data.cases import Case
from sambench.data.datasets.dataset import Dataset, base_folder, matching, no_cases
from sambench.data.datasets.pairing import NIFTI, FoundCases, pairs_in
from sambench.data.file_names import subfolder

#: Group to the ending of the image.
MODALITIES = {"ct": "CT", "pt": "PT"}

_NAME = r"([A-Z0-9]+-\d+)"
_MASK = _NAME + NIFTI


def find_cases(root: Path) -> FoundCases:
    """List every labelled patient once per modality, groups ``ct`` and ``pt``."""
    root = Path(root)
    base = base_folder(
        root, lambda folder: bool(matching(subfolder(folder, "labelsTr"), _MASK))
    )
    masks = (subfolder(base, "labelsTr"), _MASK, "{}.nii.gz")
    labelled, cases, left_out = matching(*masks[:2]), [], []
    for group, ending in MODALITIES.items():
        pattern = f"{_NAME}__{ending}{NIFTI}"
        images = (subfolder(base, "imagesTr"), pattern, f"{{}}__{ending}.nii.gz")
        for name, image, mask in pairs_in(root, images, masks):
            if name in labelled:
                cases.append(Case(name, group, name, "", image, mask))
            elif group == "ct":
                left_out.append(name)
    if not cases:
        pattern = "imagesTr/<CENTRE-NNN>__{CT,PT}.nii.gz with labelsTr/<...>.nii.gz"
        raise no_cases("hecktor", base, pattern)
    return FoundCases(cases, left_out)


DATASET = Dataset(
    "hecktor", "volume", frozenset(range(3)), find_cases, canonical=True, resample=True
)
