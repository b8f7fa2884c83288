"""Six-site prostate T2 MRI (SAML): one folder a site, NIfTI, masks beside the images.

Layout: ``[Processed_data_nii/]<site>/CaseNN.nii.gz`` with
``CaseNN_segmentation.nii.gz``; BMC spells it ``_Segmentation``. RUNMC and BMC label two
zones (1, 2), the other sites the whole gland (1). A case is a patient.
"""

from pathlib import Path

from sambench.data.cases import Case
from sambench.data.datasets.dataset import Dataset, base_folder, matching, no_cases
from sambench.data.file_names import subfolder

SITES = ("RUNMC", "BMC", "I2CVB", "UCL", "BIDMC", "HK")

_IMAGE = r"(Case\d+)\.nii(?:\.gz)?"
_MASK = r"(Case\d+)_segmentation\.nii(?:\.gz)?"


def find_cases(root: Path) -> list[Case]:
    """List the cases of every site that is there.

    Parameters
    ----------
    root : Path
        Folder of the sites, or the one above it.

    Raises
    ------
    InputError
        If there is no case.
    """
    root = Path(root)
    base = base_folder(
        root, lambda folder: any(subfolder(folder, s).is_dir() for s in SITES)
    )
    cases = [case for site in SITES for case in _site_cases(root, base or root, site)]
    if not cases:
        pattern = f"<site>/CaseNN.nii.gz, site one of {', '.join(SITES)}"
        raise no_cases("saml_prostate", base or root, pattern)
    return sorted(cases)


def _site_cases(root: Path, base: Path, site: str) -> list[Case]:
    folder = subfolder(base, site)
    images, masks = matching(folder, _IMAGE), matching(folder, _MASK)
    ending = "Segmentation" if site == "BMC" else "segmentation"
    cases = []
    for name in images.keys() | masks.keys():
        image = images.get(name, folder / f"{name}.nii.gz")
        mask = masks.get(name, folder / f"{name}_{ending}.nii.gz")
        cases.append(
            Case(
                case=f"{site}_{name}",
                group=site,
                patient=f"{site}_{name}",
                split="",
                image=image.relative_to(root).as_posix(),
                mask=mask.relative_to(root).as_posix(),
            )
        )
    return cases


DATASET = Dataset(
    id="saml_prostate",
    kind="volume",
    labels=frozenset({0, 1, 2}),
    find_cases=find_cases,
)
