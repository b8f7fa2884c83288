"""Data sets whose images and masks are found by their names, at any depth."""

from pathlib import Path

from sambench.data.cases import Case
from sambench.data.datasets.dataset import Dataset
from sambench.data.datasets.pairing import (
    ANY,
    NIFTI,
    FoundCases,
    named_pairs,
    own_patient,
)

#: Cases of KiTS19 with repeated slices (issue 6 of the data set's repository).
REPEATED_SLICES = ("case_00015", "case_00025", "case_00061", "case_00117")

#: The cases of PROMISE12 that SAML does not hold.
NOT_IN_SAML = tuple(f"Case{number}" for number in range(13, 26))

#: A case of NCI-ISBI whose image and mask are of different patients, as others found.
MISMATCHED = "ProstateDx-01-0055"


def _abdomenct1k(root: Path) -> FoundCases:
    """AbdomenCT-1K: CT, labels 1 liver, 2 kidney, 3 spleen, 4 pancreas.

    ``Case_XXXXX_0000.nii.gz`` in the three image archives, ``Case_XXXXX.nii.gz`` in the
    archive of masks. Headers differ in orientation.
    """
    return named_pairs(
        "abdomenct1k",
        root,
        image=rf"{ANY}(Case_\d{{5}})_0000{NIFTI}",
        mask=rf"{ANY}(Case_\d{{5}}){NIFTI}",
        expected=("{}_0000.nii.gz", "{}.nii.gz"),
        example="Case_XXXXX",
    )


def _brats2021(root: Path, sequence: str = "flair") -> FoundCases:
    """BraTS 2021: MR of brain tumours, labels 1 necrosis, 2 oedema, 4 enhancing.

    ``BraTS2021_XXXXX/BraTS2021_XXXXX_{flair,t1,t1ce,t2,seg}.nii.gz``; the group is
    named after the sequence. The whole tumour is every label above 0; later editions
    number the enhancing part 3.
    """
    return named_pairs(
        "brats2021",
        root,
        image=rf"{ANY}(BraTS2021_\d+)_{sequence}{NIFTI}",
        mask=rf"{ANY}(BraTS2021_\d+)_seg{NIFTI}",
        expected=(f"{{0}}/{{0}}_{sequence}.nii.gz", "{0}/{0}_seg.nii.gz"),
        example="BraTS2021_XXXXX",
        cases=lambda name: own_patient(name, sequence),
    )


def _covid19_ct_seg(root: Path, part: str = "all") -> FoundCases:
    """COVID-19-CT-Seg: chest CT of 20 patients, label 1 infection.

    Images in one folder, masks of the same names in ``Infection_Mask``; the other mask
    archives are left alone. Ten cases, ``radiopaedia_*``, are reported to be windowed
    to 0..255 already, the ten ``coronacases_*`` to be in HU; look at the ranges before
    you compare them.
    """
    return named_pairs(
        "covid19_ct_seg",
        root,
        image=rf"(?!{ANY}[^/]*_Mask/){ANY}([^/]+){NIFTI}",
        mask=rf"{ANY}Infection_Mask/{ANY}([^/]+){NIFTI}",
        expected=("Images/{}.nii.gz", "Infection_Mask/{}.nii.gz"),
        example="<image>",
        keep=lambda name: part in ("all", name.split("_")[0]),
    )


def _kits19(root: Path, repeated_slices: bool = False) -> FoundCases:
    """KiTS19: CT of kidneys with tumours, labels 1 kidney, 2 tumour.

    ``case_NNNNN/imaging.nii.gz`` with ``segmentation.nii.gz``; the cases of
    `REPEATED_SLICES` are listed if asked for. Volumes are stored with the slices first,
    so they are turned by their headers. case_00160 has slices of 512 x 796.
    """
    return named_pairs(
        "kits19",
        root,
        image=rf"{ANY}(case_\d+)/imaging{NIFTI}",
        mask=rf"{ANY}(case_\d+)/segmentation{NIFTI}",
        expected=("{}/imaging.nii.gz", "{}/segmentation.nii.gz"),
        example="case_NNNNN",
        keep=lambda name: repeated_slices or name not in REPEATED_SLICES,
    )


def _lits(root: Path) -> FoundCases:
    """LiTS: CT of livers with tumours, labels 1 liver, 2 tumour.

    ``volume-N.nii`` with ``segmentation-N.nii``, the challenge's training batches in
    one folder or several. Headers differ in orientation.
    """
    return named_pairs(
        "lits",
        root,
        image=rf"{ANY}volume-(\d+){NIFTI}",
        mask=rf"{ANY}segmentation-(\d+){NIFTI}",
        expected=("volume-{}.nii", "segmentation-{}.nii"),
        example="N",
        cases=lambda number: own_patient(f"lits_{number}", "ct"),
    )


def _plethora(root: Path, reviewer: str = "first") -> FoundCases:
    """PleThora: CT of lungs with pleural effusions, label 1 effusion.

    Masks ``Effusions/LUNG1-XXX/LUNG1-XXX_effusion_first_reviewer.nii.gz``; all patients
    with an effusion have those of the first reviewer. The CT beside them, as
    ``[...]/LUNG1-XXX/<study>/<series>/*.dcm`` of the NBIA Data Retriever, or converted
    as ``LUNG1-XXX.nii.gz``, which comes first.
    """
    ending = f"_effusion_{reviewer}_reviewer"
    return named_pairs(
        "plethora",
        root,
        image=rf"{ANY}(LUNG1-\d+){NIFTI}",
        mask=rf"{ANY}(LUNG1-\d+){ending}{NIFTI}",
        expected=("CT/{}", f"Effusions/{{0}}/{{0}}{ending}.nii.gz"),
        example="LUNG1-XXX",
        series=r"LUNG1-\d+",
    )


def _promise12(root: Path) -> FoundCases:
    """PROMISE12: prostate T2 MRI from four centres, label 1 prostate.

    ``CaseNN.mhd`` (with its ``.raw``) and ``CaseNN_segmentation.mhd``. 37 of the 50
    cases are in the sites UCL, BIDMC and HK of SAML: never train on one and test on the
    other. The others are the group ``t2_not_in_saml`` as well as ``t2``.
    """
    return named_pairs(
        "promise12",
        root,
        image=rf"{ANY}(Case\d+)\.(?:mhd|mha)",
        mask=rf"{ANY}(Case\d+)_segmentation\.(?:mhd|mha)",
        expected=("{}.mhd", "{}_segmentation.mhd"),
        example="CaseNN",
        cases=lambda name: own_patient(
            name, *("t2", "t2_not_in_saml")[: 1 + (name in NOT_IN_SAML)]
        ),
    )


def _nci_isbi(root: Path) -> FoundCases:
    """NCI-ISBI 2013: prostate T2 MRI of two scanners, labels 1 peripheral, 2 central.

    Masks ``Prostate3T-01-0001.nrrd`` (Siemens, 3 T) and ``ProstateDx-01-0001.nrrd``
    (Philips, 1.5 T, endorectal coil), perhaps with a suffix such as
    ``_correctedLabels``; the images as ``[...]/<id>/<study>/<series>/*.dcm`` of the
    NBIA Data Retriever, or converted as ``<id>.nii.gz``, which come first. The middle
    number is the part of the challenge: 01 training, 02 leaderboard, 03 test.

    The sites RUNMC and BMC of SAML have as many cases as the training parts have, and
    were cut from this set: what is not in SAML are parts 02 and 03, the groups
    ``*_later``. That SAML holds part 01 and no other is inferred; the numbers of its
    cases are its own.
    """
    name = r"((?:Prostate3T|ProstateDx)-0[123]-\d{4})"
    return named_pairs(
        "nci_isbi",
        root,
        image=rf"{ANY}{name}{NIFTI}",
        mask=rf"{ANY}{name}(?:_\w+)?\.nrrd",
        expected=("images/{}", "masks/{}.nrrd"),
        example="Prostate3T-01-0001",
        series=name,
        keep=lambda name: name != MISMATCHED,
        cases=_nci_isbi_cases,
    )


def _nci_isbi_cases(name: str) -> list[Case]:
    scanner, part, _ = name.lower().split("-")
    return own_patient(name, scanner if part == "01" else f"{scanner}_later")


SETS = (
    Dataset("abdomenct1k", "volume", frozenset(range(5)), _abdomenct1k, canonical=True),
    Dataset("brats2021", "volume", frozenset(range(5)), _brats2021,
            options={"sequence": ("flair", "t1", "t1ce", "t2")}),
    Dataset("covid19_ct_seg", "volume", frozenset({0, 1}), _covid19_ct_seg,
            canonical=True, options={"part": ("all", "coronacases", "radiopaedia")}),
    Dataset("kits19", "volume", frozenset({0, 1, 2}), _kits19,
            canonical=True, options={"repeated_slices": (False, True)}),
    Dataset("lits", "volume", frozenset({0, 1, 2}), _lits, canonical=True),
    Dataset("plethora", "volume", frozenset({0, 1}), _plethora,
            canonical=True, options={"reviewer": ("first", "second", "third")}),
    Dataset("promise12", "volume", frozenset({0, 1}), _promise12),
    Dataset("nci_isbi", "volume", frozenset({0, 1, 2}), _nci_isbi),
)  # fmt: skip
