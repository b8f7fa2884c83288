"""Six-site prostate T2 MRI (SAML): one folder a site, NIfTI, masks beside the images.

Layout: ``[Processed_data_nii/]<site>/CaseNN.nii.gz`` with
``CaseNN_segmentation.nii.gz``; BMC spells it ``_Segmentation``. RUNMC and BMC label two
zones (1, 2), the other sites the whole gland (1). A case is a patient.
"""

from pathlib import Path

from sambench.data.cases import Case
from sambench.data.datasets.dataset import Dataset, base_folder, no_cases
from sambench.data.datasets.pairing import NIFTI, pairs_in
from sambench.data.file_names import subfolder

SITES = ("RUNMC", "BMC", "I2CVB", "UCL", "BIDMC", "HK")


def find_cases(root: Path) -> list[Case]:
    """List the cases of every site that is there."""
    root = Path(root)
    base = base_folder(
        root, lambda folder: any(subfolder(folder, s).is_dir() for s in SITES)
    )
    cases = []
    for site in SITES:
        folder = subfolder(base, site)
        ending = "Segmentation" if site == "BMC" else "segmentation"
        images = (folder, rf"(Case\d+){NIFTI}", "{}.nii.gz")
        masks = (folder, rf"(Case\d+)_segmentation{NIFTI}", f"{{}}_{ending}.nii.gz")
        for name, image, mask in pairs_in(root, images, masks):
            case = f"{site}_{name}"
            cases.append(Case(case, site, case, "", image, mask))
    if not cases:
        pattern = f"<site>/CaseNN.nii.gz, site one of {', '.join(SITES)}"
        raise no_cases("saml_prostate", base, pattern)
    return sorted(cases)


DATASET = Dataset("saml_prostate", "volume", frozenset(range(3)), find_cases)
