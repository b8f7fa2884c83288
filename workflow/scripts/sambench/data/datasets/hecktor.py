"""HECKTOR 2022: CT and PET of head and neck tumours, labels 1 GTVp, 2 GTVn.

Layout: ``[hecktor2022_training/]imagesTr/<CENTRE-NNN>__{CT,PT}.nii.gz`` with
``labelsTr/<CENTRE-NNN>.nii.gz``. Masks lie on the grid of the CT, so the PET is
resampled to it. Each modality is a group, so that a patient is a case in both.
"""

from pathlib import Path

from sambench.data.cases import Case
from sambench.data.datasets.dataset import Dataset, base_folder, matching, no_cases
from sambench.data.datasets.pairing import FoundCases
from sambench.data.file_names import subfolder

#: Group to the ending of the image.
MODALITIES = {"ct": "CT", "pt": "PT"}

_MASK = r"([A-Z0-9]+-\d+)\.nii(?:\.gz)?"


def find_cases(root: Path) -> FoundCases:
    """List every labelled patient once per modality, groups ``ct`` and ``pt``.

    Parameters
    ----------
    root : Path
        Folder of ``imagesTr``, or one or two above it.

    Raises
    ------
    InputError
        If there is no labelled case.
    """
    root = Path(root)
    base = base_folder(
        root, lambda folder: bool(matching(subfolder(folder, "labelsTr"), _MASK))
    )
    folder = base or root
    masks = matching(subfolder(folder, "labelsTr"), _MASK)
    images = {
        group: matching(subfolder(folder, "imagesTr"), _image(ending))
        for group, ending in MODALITIES.items()
    }
    cases = [
        Case(
            case=name,
            group=group,
            patient=name,
            split="",
            image=images[group]
            .get(name, folder / "imagesTr" / f"{name}__{ending}.nii.gz")
            .relative_to(root)
            .as_posix(),
            mask=mask.relative_to(root).as_posix(),
        )
        for name, mask in masks.items()
        for group, ending in MODALITIES.items()
    ]
    if not cases:
        pattern = "imagesTr/<CENTRE-NNN>__{CT,PT}.nii.gz with labelsTr/<...>.nii.gz"
        raise no_cases("hecktor", folder, pattern)
    return FoundCases(cases, images["ct"].keys() - masks.keys())


def _image(ending: str) -> str:
    return rf"([A-Z0-9]+-\d+)__{ending}\.nii(?:\.gz)?"


DATASET = Dataset(
    id="hecktor",
    kind="volume",
    labels=frozenset({0, 1, 2}),
    find_cases=find_cases,
    canonical=True,
    resample=True,
)
