"""Data sets whose folders say the site of a case, its side, or its modality."""

from pathlib import Path

from sambench.data.cases import Case
from sambench.data.datasets.dataset import Dataset
from sambench.data.datasets.pairing import (
    ANY,
    NIFTI,
    FoundCases,
    found_below,
    named_pairs,
    own_patient,
)

SITES = ("RUNMC", "BMC", "I2CVB", "UCL", "BIDMC", "HK")

#: First id of the MR part of AMOS22 (the first MR case is amos_0507).
FIRST_MR_ID = 500

#: Stem of the file names of the Decathlon to group and channel of the image.
MSD_GROUPS: dict[str, dict[str, int | None]] = {
    "prostate": {"prostate_t2": 0, "prostate_adc": 1},
    "liver": {"liver_ct": None},
    "pancreas": {"pancreas_ct": None},
    "hepaticvessel": {"hepaticvessel_ct": None},
    "colon": {"colon_ct": None},
}

#: 3D tasks of MedSAM v0.
N_TASKS = 21

_SPLITS = {"training": "train", "testing": "test", "tr": "train", "va": "test"}


def _saml_prostate(root: Path) -> FoundCases:
    """Six-site prostate T2 MRI (SAML): a folder a site, masks beside the images.

    ``[Processed_data_nii/]<site>/CaseNN.nii.gz`` with ``CaseNN_segmentation.nii.gz``;
    BMC spells it ``_Segmentation``. RUNMC and BMC label two zones (1, 2), the other
    sites the whole gland (1). A case is a patient.
    """
    stem = rf"{ANY}({'|'.join(SITES)})/(Case\d+)"
    return named_pairs(
        "saml_prostate",
        root,
        image=stem + NIFTI,
        mask=rf"{stem}_segmentation{NIFTI}",
        expected=("{}/{}.nii.gz", "{}/{}_segmentation.nii.gz"),
        example=f"{{{','.join(SITES)}}}/CaseNN",
        cases=lambda site, name: own_patient(f"{site.upper()}_{name}", site.upper()),
        every_image=True,
    )


def _acdc(root: Path) -> FoundCases:
    """ACDC: cardiac cine MR, two frames a patient, labels 1 RV, 2 myocardium, 3 LV.

    ``[ACDC/database/]{training,testing}/patientNNN/patientNNN_frameXX.nii.gz`` with
    ``patientNNN_frameXX_gt.nii.gz``; either part may be absent. The film
    ``patientNNN_4d.nii.gz`` has no labels and is left alone. The published split is the
    folder.
    """

    def cases(part: str, patient: str, frame: str) -> list[Case]:
        return [Case(frame, "mr", patient, _SPLITS[part.lower()])]

    stem = rf"{ANY}(training|testing)/(patient[^/]*)/(patient\d+_frame\d+)"
    return named_pairs(
        "acdc",
        root,
        image=stem + NIFTI,
        mask=rf"{stem}_gt{NIFTI}",
        expected=("{}/{}/{}.nii.gz", "{}/{}/{}_gt.nii.gz"),
        example="{training,testing}/patientNNN/patientNNN_frameXX",
        cases=cases,
        every_image=True,
    )


def _amos22(root: Path) -> FoundCases:
    """AMOS22: abdominal CT and MR, 15 organs; groups ``ct`` and ``mr``, by the id.

    ``[amos22/]{imagesTr,labelsTr,imagesVa,labelsVa}/amos_XXXX.nii.gz``. The labels of
    ``imagesTs`` are withheld, so that folder is left alone; ``Va`` counts when its
    labels are there. The published split is Tr (train) and Va (test).
    """

    def cases(part: str, name: str) -> list[Case]:
        group = "ct" if int(name.split("_")[1]) < FIRST_MR_ID else "mr"
        return [Case(name, group, name, _SPLITS[part.lower()])]

    file = rf"(Tr|Va)/(amos_\d+){NIFTI}"
    (labels,) = found_below(root, f"{ANY}labels{file}")
    labelled = {name.split("/")[0].lower() for name in labels}
    return named_pairs(
        "amos22",
        root,
        image=rf"{ANY}images{file}",
        mask=rf"{ANY}labels{file}",
        expected=("images{}/{}.nii.gz", "labels{}/{}.nii.gz"),
        example="Tr/amos_XXXX",
        cases=cases,
        keep=lambda part, name: part.lower() in labelled,
        every_image=True,
    )


def _msd(root: Path) -> FoundCases:
    """Medical Segmentation Decathlon: tasks 3, 5, 7, 8 and 10, those that are there.

    ``[TaskNN_Name/]imagesTr/<name>_NN.nii.gz`` with ``labelsTr/<name>_NN.nii.gz``.
    Task05_Prostate is 4D, channel 0 T2 and channel 1 ADC, labels 1 PZ, 2 TZ: each
    channel is a group, so that a patient is a case in both, under one name. The others
    are CT: liver and pancreas (1 organ, 2 tumour), hepaticvessel (1 vessel, 2 tumour),
    colon (1 tumour). ``imagesTs`` has no labels and is left alone.
    """

    def cases(name: str) -> list[Case]:
        groups = MSD_GROUPS[name.split("_")[0].lower()]
        return [Case(name, g, name, "", channel=number) for g, number in groups.items()]

    file = rf"((?:{'|'.join(MSD_GROUPS)})_\d+){NIFTI}"
    return named_pairs(
        "msd",
        root,
        image=rf"{ANY}imagesTr/{file}",
        mask=rf"{ANY}labelsTr/{file}",
        expected=("imagesTr/{}.nii.gz", "labelsTr/{}.nii.gz"),
        example="prostate_NN",
        cases=cases,
        every_image=True,
    )


def _hecktor(root: Path) -> FoundCases:
    """HECKTOR 2022: CT and PET of head and neck tumours, labels 1 GTVp, 2 GTVn.

    ``[hecktor2022_training/]imagesTr/<CENTRE-NNN>__{CT,PT}.nii.gz`` with
    ``labelsTr/<CENTRE-NNN>.nii.gz``. Masks lie on the grid of the CT, so the PET is
    resampled to it. Each modality is a group, so that a patient is a case in both.
    """
    name = r"([A-Z0-9]+-\d+)"
    ct, pt = (
        named_pairs(
            "hecktor",
            root,
            image=rf"{ANY}imagesTr/{name}__{modality}{NIFTI}",
            mask=rf"{ANY}labelsTr/{name}{NIFTI}",
            expected=(f"imagesTr/{{}}__{modality}.nii.gz", "labelsTr/{}.nii.gz"),
            example="<CENTRE-NNN>",
            cases=lambda name, group=group: own_patient(name, group),
        )
        for group, modality in (("ct", "CT"), ("pt", "PT"))
    )
    return FoundCases([*ct, *pt], ct.left_out)


def _medsam_v0(root: Path) -> FoundCases:
    """MedSAM v0, test slices of 21 3D tasks as released: DB-SAM is tested on them.

    ``[Test/]NN-<name>/<case>.npz`` with ``imgs`` ``(N, 256, 256, 3)`` uint8 and ``gts``
    ``(N, 256, 256)``. The group is the task's number, ``task01`` to ``task21``: only
    four of the folders' names are known. Folder 22 holds 2D images and is left alone.
    Original case names, spacing and skipped slices are lost.
    """

    def cases(number: str, name: str) -> list[Case]:
        group = f"task{number}"
        return [Case(f"{group}_{name}", group, f"{group}_{name}", "test")]

    file = rf"{ANY}(\d\d)-[^/]+/([^/]+)\.npz"
    return named_pairs(
        "medsam_v0",
        root,
        image=file,
        mask=file,
        expected=("Test/{}-<task>/{}.npz",) * 2,
        example="NN/<case>",
        cases=cases,
        keep=lambda number, name: 1 <= int(number) <= N_TASKS,
    )


SETS = (
    Dataset("saml_prostate", "volume", frozenset(range(3)), _saml_prostate),
    Dataset("acdc", "volume", frozenset(range(4)), _acdc),
    Dataset("amos22", "volume", frozenset(range(16)), _amos22, canonical=True),
    Dataset("msd", "volume", frozenset(range(3)), _msd),
    Dataset("medsam_v0", "volume", frozenset({0, 1}), _medsam_v0),
    Dataset("hecktor", "volume", frozenset(range(3)), _hecktor,
            canonical=True, resample=True),
)  # fmt: skip
