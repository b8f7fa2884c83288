"""Small archives of MR sets: heart films, prostate, brain; and MedSAM's slices."""

import io
import math

import numpy as np

from sambench.phantoms.archive import (
    axial_affine,
    case_generator,
    nifti_bytes,
    stored_axial,
)
from sambench.phantoms.small import Part, body, draw_parts, nifti_pair

SPACING = (4.0, 1.5, 1.5)
N_FRAMES = 4

MNMS_CSV = "211230_M&Ms_Dataset_information_diagnosis_opendataset.csv"

_BRAIN = Part(600, (0.5, 0.5, 0.5), (0.7, 0.36, 0.32))
_VENTRICLES = Part(180, (0.55, 0.48, 0.5), (0.35, 0.14, 0.1), 1)
_CEREBELLUM = Part(520, (0.45, 0.76, 0.5), (0.35, 0.12, 0.2), 2)


def draw_mnms(seed: int, cases: int, size: int) -> dict[str, bytes]:
    """Draw M&Ms: films and masks in 4D, the labelled frames in a CSV."""
    rows = ["External code,VendorName,Vendor,Centre,ED,ES"]
    members = {}
    subjects = [("Training/Labeled", f"A{n}B{n}C{n}") for n in range(cases)]
    subjects += [("Validation", "V0A0L0"), ("Testing", "T0E0S0")]
    subjects += [("Training/Unlabeled", "U0U0U0")]
    for folder, code in subjects:
        systole = 2
        if folder != "Training/Unlabeled":
            systole += sum(code.encode()) % 2
            rows.append(f"{code},Siemens,A,1,0,{systole}")
        film, masks = _film(seed, code, size, (0, systole))
        affine = axial_affine(film.shape[1:], SPACING)
        stem = f"OpenDataset/{folder}/{code}/{code}_sa"
        members[f"{stem}.nii.gz"] = nifti_bytes(_stored_film(film), affine)
        members[f"{stem}_gt.nii.gz"] = nifti_bytes(_stored_film(masks), affine)
    members[f"OpenDataset/{MNMS_CSV}"] = ("\n".join(rows) + "\n").encode()
    return members


def _film(
    seed: int, code: str, size: int, labelled: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Draw ``(T, Z, Y, X)`` of which only some frames have labels."""
    images, masks = [], []
    for frame in range(N_FRAMES):
        # The same generator for every frame: only the contraction differs.
        rng = case_generator(seed, "mnms", code)
        squeeze = 1 - 0.15 * math.sin(math.pi * frame / N_FRAMES)
        parts = [
            body(300),
            Part(250, (0.5, 0.5, 0.52), (0.4, 0.2, 0.2), 2),
            Part(700, (0.5, 0.5, 0.52), (0.38, 0.13 * squeeze, 0.13 * squeeze), 1),
            Part(690, (0.5, 0.5, 0.27), (0.35, 0.18 * squeeze, 0.09 * squeeze), 3),
        ]
        image, labels = draw_parts(rng, size, parts)
        images.append(image)
        masks.append(labels * (frame in labelled))
    return np.stack(images), np.stack(masks).astype(np.uint8)


def _stored_film(film: np.ndarray) -> np.ndarray:
    return np.stack([stored_axial(volume) for volume in film], axis=-1)


def draw_promise12(seed: int, cases: int, size: int) -> dict[str, bytes]:
    """Draw PROMISE12: MetaImage headers with their voxels beside them."""
    gland = Part(500, (0.5, 0.5, 0.5), (0.35, 0.17, 0.2), 1)
    members = {"LICENSE.txt": b"Synthetic phantom, no patient data.\n"}
    for number in range(12, 12 + cases):
        name = f"Case{number:02d}"
        rng = case_generator(seed, "promise12", name)
        image, labels = draw_parts(rng, size, [body(300), gland])
        for stem, volume in ((name, image), (f"{name}_segmentation", labels)):
            kind = "MET_SHORT" if volume.dtype == np.int16 else "MET_CHAR"
            header = {
                "ObjectType": "Image",
                "NDims": 3,
                "BinaryData": "True",
                "BinaryDataByteOrderMSB": "False",
                "TransformMatrix": "1 0 0 0 1 0 0 0 1",
                "Offset": "-10 -20 30",
                "ElementSpacing": " ".join(str(s) for s in SPACING[::-1]),
                "DimSize": " ".join(str(n) for n in volume.shape[::-1]),
                "ElementType": kind,
                "ElementDataFile": f"{stem}.raw",
            }
            text = "".join(f"{key} = {value}\n" for key, value in header.items())
            members[f"{stem}.mhd"] = text.encode()
            members[f"{stem}.raw"] = volume.tobytes()
    return members


def draw_brats2021(seed: int, cases: int, size: int) -> dict[str, bytes]:
    """Draw BraTS 2021: four sequences, labels 1, 2 and 4; background exactly 0."""
    tumour = [
        Part(900, (0.5, 0.45, 0.38), (0.35, 0.16, 0.14), 2),
        Part(700, (0.5, 0.45, 0.38), (0.25, 0.1, 0.09), 4),
        Part(300, (0.5, 0.45, 0.38), (0.15, 0.05, 0.05), 1),
    ]
    members = {}
    for number in range(cases):
        name = f"BraTS2021_{number:05d}"
        for sequence in ("flair", "t1", "t1ce", "t2"):
            # Equal generators give equal anatomy; the sequences differ in noise only.
            rng = case_generator(seed, "brats2021", name)
            noise = 12 + len(sequence)
            image, labels = draw_parts(rng, size, [_BRAIN, *tumour], noise=noise)
            image[image < 100] = 0
            pair = nifti_pair(image, labels, (1.0, 1.0, 1.0))
            members[f"{name}/{name}_{sequence}.nii.gz"] = pair[0]
            members[f"{name}/{name}_seg.nii.gz"] = pair[1]
    return members


def draw_abcs(seed: int, cases: int, size: int) -> dict[str, bytes]:
    """Draw a brain set as the user arranges it: files, and a list of cases."""
    rows, members = ["case,patient,split,group,image,mask"], {}
    parts = [_BRAIN, _VENTRICLES, _CEREBELLUM]
    for number in range(1, cases + 1):
        name = f"{number:03d}"
        for group, bright in (("t1", 1.0), ("t2", 0.6)):
            rng = case_generator(seed, "abcs", name)
            image, labels = draw_parts(rng, size, parts)
            image = (image * bright).astype(np.int16)
            pair = nifti_pair(image, labels, SPACING)
            members[f"abcs/{name}_{group}.nii.gz"] = pair[0]
            members[f"abcs/{name}_labels.nii.gz"] = pair[1]
            files = f"{name}_{group}.nii.gz,{name}_labels.nii.gz"
            rows.append(f"{name},{name},,{group},{files}")
    members["abcs/cases.csv"] = ("\n".join(rows) + "\n").encode()
    return members


def draw_medsam_v0(seed: int, cases: int, size: int) -> dict[str, bytes]:
    """Draw MedSAM's test slices: four of its tasks, and the folder of 2D images."""
    folders = ("01-MR-T1_Brain_Ventricle", "17-CT_Lungs", "20-CT_Stomach")
    members = {}
    for folder in (*folders, "22-2D-Images"):
        for number in range(cases):
            rng = case_generator(seed, "medsam_v0", folder, str(number))
            image, labels = draw_parts(rng, size, [_BRAIN, _VENTRICLES])
            shown = np.flatnonzero(labels.any(axis=(1, 2)))
            picture = np.clip(image[shown] / 3, 0, 255).astype(np.uint8)
            buffer = io.BytesIO()
            pictures = np.repeat(picture[..., None], 3, axis=-1)
            np.savez_compressed(buffer, imgs=pictures, gts=labels[shown])
            members[f"Test/{folder}/case_{number}.npz"] = buffer.getvalue()
    return members
