"""Plain phantoms: ellipsoids in an ellipse, enough to run a data set end to end.

Positions and radii are fractions of the volume, from 0 to 1, instead of mm.
"""

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from sambench.phantoms.bodies import Grid, Part, case_generator, paint
from sambench.phantoms.files import Members, Volume
from sambench.phantoms.itk import dicom_series

MR, CT = (4.0, 1.5, 1.5), (5.0, 2.5, 2.5)
"""Spacing of most, in mm."""
N_SLICES, N_FRAMES = 10, 4
MNMS_CSV = "211230_M&Ms_Dataset_information_diagnosis_opendataset.csv"


def body(intensity: float) -> Part:
    """Return the ellipse that fills most of every slice."""
    return Part(intensity, (0.5, 0.5, 0.5), (2.0, 0.42, 0.46))


_MIDDLE, _TUMOUR = (0.5, 0.5, 0.5), (0.5, 0.45, 0.38)
_BRAIN = Part(600, _MIDDLE, (0.7, 0.36, 0.32))
_VENTRICLES = Part(180, (0.55, 0.48, 0.5), (0.35, 0.14, 0.1), 1)
_LUNGS = [Part(-820, (0.5, 0.5, x), (1.2, 0.3, 0.15)) for x in (0.3, 0.7)]
_CHEST = (CT, body(40), *_LUNGS)
_LIVER = Part(110, (0.5, 0.45, 0.3), (0.4, 0.24, 0.2), 1)

_CASES = {
    "promise12": (MR, body(300), Part(500, _MIDDLE, (0.35, 0.17, 0.2), 1)),
    "nci_isbi": (
        (3.0, 1.5, 1.5), body(300), Part(520, _MIDDLE, (0.35, 0.19, 0.22), 1),
        Part(430, (0.5, 0.48, 0.5), (0.3, 0.12, 0.13), 2)),
    "brats2021": (
        (1.0, 1.0, 1.0), _BRAIN, Part(900, _TUMOUR, (0.35, 0.16, 0.14), 2),
        Part(700, _TUMOUR, (0.25, 0.1, 0.09), 4),
        Part(300, _TUMOUR, (0.15, 0.05, 0.05), 1)),
    "abcs": (
        MR, _BRAIN, _VENTRICLES, Part(520, (0.45, 0.76, 0.5), (0.35, 0.12, 0.2), 2)),
    "kits19": (
        CT, body(40), Part(160, (0.5, 0.6, 0.3), (0.4, 0.15, 0.11), 1),
        Part(80, (0.5, 0.52, 0.28), (0.3, 0.1, 0.1), 2)),
    "lits": (CT, body(40), _LIVER, Part(60, (0.5, 0.42, 0.28), (0.28, 0.12, 0.11), 2)),
    "abdomenct1k": (
        CT, body(40), _LIVER, Part(150, (0.5, 0.7, 0.65), (0.35, 0.11, 0.09), 2),
        Part(125, (0.5, 0.45, 0.75), (0.4, 0.14, 0.1), 3),
        Part(90, (0.5, 0.5, 0.53), (0.4, 0.1, 0.15), 4)),
    "covid": (*_CHEST, Part(-350, (0.5, 0.6, 0.3), (0.4, 0.14, 0.1), 1)),
    "plethora": (*_CHEST, Part(15, (0.5, 0.68, 0.3), (0.4, 0.12, 0.13), 1)),
    "hecktor": (
        CT, body(40), Part(60, _MIDDLE, (0.35, 0.13, 0.12), 1),
        Part(55, (0.5, 0.5, 0.72), (0.3, 0.1, 0.09), 2)),
}  # fmt: skip
"""Data set -> spacing, and parts; those of CT in Hounsfield units."""


def draw_parts(
    rng: np.random.Generator,
    size: int,
    parts: Sequence[Part],
    air: float = 0,
    noise: float = 12,
) -> tuple[np.ndarray, np.ndarray]:
    """Draw parts over each other: image int16 and labels uint8, ``(Z, Y, X)``.

    The intensity outside is `air`; `noise` is the standard deviation at every voxel.
    """
    shape = (N_SLICES, size, size)
    grid = Grid(shape, tuple(1 / n for n in shape), (0.5, 0.5, 0.5))
    (image,), labels = paint(rng, grid, parts, [{"air": air}])
    image = ndimage.gaussian_filter(image, 0.6, axes=(1, 2))
    image += rng.normal(0, noise, shape)
    return np.clip(image, -1024, 32767).astype(np.int16), labels


def _case(
    dataset: str, seed: int, name: str, size: int, noise: float = 12, order="LPS"
) -> tuple[Volume, Volume]:
    """Draw image and mask of one of `_CASES`, stored in an `order` of axes."""
    spacing, *parts = _CASES[dataset]
    rng = case_generator(seed, dataset, name)
    air = -1000 if spacing is CT else 0
    volumes = draw_parts(rng, size, parts, air, noise)
    return tuple(Volume(volume, spacing, order) for volume in volumes)


def draw_mnms(seed: int, cases: int, size: int) -> Members:
    """Draw M&Ms: films and masks in 4D, the labelled frames in a CSV."""
    rows = ["External code,VendorName,Vendor,Centre,ED,ES"]
    subjects = [("Training/Labeled", f"A{n}B{n}C{n}") for n in range(cases)]
    subjects += [("Validation", "V0A0L0"), ("Testing", "T0E0S0")]
    subjects += [("Training/Unlabeled", "U0U0U0")]
    for folder, code in subjects:
        systole = 2
        if folder != "Training/Unlabeled":
            systole += sum(code.encode()) % 2
            rows.append(f"{code},Siemens,A,1,0,{systole}")
        # The same generator for every frame: only the contraction differs.
        film = [
            draw_parts(case_generator(seed, "mnms", code), size, _heart(frame))
            for frame in range(N_FRAMES)
        ]
        images = np.stack([image for image, _ in film], axis=-1)
        masks = np.stack([mask for _, mask in film], axis=-1)
        masks[..., [n for n in range(N_FRAMES) if n not in (0, systole)]] = 0
        stem = f"OpenDataset/{folder}/{code}/{code}_sa"
        yield f"{stem}.nii.gz", Volume(images, MR)
        yield f"{stem}_gt.nii.gz", Volume(masks, MR)
    yield f"OpenDataset/{MNMS_CSV}", "\n".join(rows) + "\n"


def _heart(frame: int) -> list[Part]:
    squeeze = 1 - 0.15 * np.sin(np.pi * frame / N_FRAMES)
    return [
        body(300),
        Part(250, (0.5, 0.5, 0.52), (0.4, 0.2, 0.2), 2),
        Part(700, (0.5, 0.5, 0.52), (0.38, 0.13 * squeeze, 0.13 * squeeze), 1),
        Part(690, (0.5, 0.5, 0.27), (0.35, 0.18 * squeeze, 0.09 * squeeze), 3),
    ]


def draw_promise12(seed: int, cases: int, size: int) -> Members:
    """Draw PROMISE12: MetaImage headers with their voxels beside them."""
    for number in range(12, 12 + cases):
        name = f"Case{number:02d}"
        image, mask = _case("promise12", seed, name, size)
        yield f"{name}.mhd", image
        yield f"{name}_segmentation.mhd", mask._replace(voxels=mask.voxels.view("i1"))


def draw_nci_isbi(seed: int, cases: int, size: int) -> Members:
    """Draw NCI-ISBI 2013: masks as NRRD, images as DICOM of the NBIA Data Retriever."""
    for site in ("Prostate3T-01", "Prostate3T-03", "ProstateDx-01", "ProstateDx-03"):
        for number in range(1, cases + 1):
            name = f"{site}-{number:04d}"
            image, mask = _case("nci_isbi", seed, name, size)
            # One of the real masks is called so.
            suffix = "_correctedLabels" if number == 2 else ""
            yield f"masks/{name}{suffix}.nrrd", mask
            yield from dicom_series(f"images/{name}/study/t2/1-{{:02d}}.dcm", image)


def draw_brats2021(seed: int, cases: int, size: int) -> Members:
    """Draw BraTS 2021: four sequences, labels 1, 2 and 4; background exactly 0."""
    for number in range(cases):
        name = f"BraTS2021_{number:05d}"
        for sequence in ("flair", "t1", "t1ce", "t2"):
            # Equal generators give equal anatomy; the sequences differ in noise only.
            noise = 12 + len(sequence)
            image, mask = _case("brats2021", seed, name, size, noise)
            image.voxels[image.voxels < 100] = 0
            yield f"{name}/{name}_{sequence}.nii.gz", image
        yield f"{name}/{name}_seg.nii.gz", mask


def draw_abcs(seed: int, cases: int, size: int) -> Members:
    """Draw a brain set as the user arranges it: files, and a list of cases."""
    rows = ["case,patient,split,group,image,mask"]
    for number in range(1, cases + 1):
        name = f"{number:03d}"
        image, mask = _case("abcs", seed, name, size)
        yield f"abcs/{name}_labels.nii.gz", mask
        for group, bright in (("t1", 1.0), ("t2", 0.6)):
            voxels = (image.voxels * bright).astype(np.int16)
            yield f"abcs/{name}_{group}.nii.gz", image._replace(voxels=voxels)
            files = f"{name}_{group}.nii.gz,{name}_labels.nii.gz"
            rows.append(f"{name},{name},,{group},{files}")
    yield "abcs/cases.csv", "\n".join(rows) + "\n"


def draw_medsam_v0(seed: int, cases: int, size: int) -> Members:
    """Draw MedSAM's test slices: four of its tasks, and the folder of 2D images."""
    folders = ("01-MR-T1_Brain_Ventricle", "17-CT_Lungs", "20-CT_Stomach")
    for folder in (*folders, "22-2D-Images"):
        for number in range(cases):
            rng = case_generator(seed, "medsam_v0", folder, str(number))
            image, labels = draw_parts(rng, size, [_BRAIN, _VENTRICLES])
            shown = labels.any(axis=(1, 2))
            grey = np.clip(image[shown] / 3, 0, 255).astype(np.uint8)
            arrays = {"imgs": np.repeat(grey[..., None], 3, -1), "gts": labels[shown]}
            yield f"Test/{folder}/case_{number}.npz", arrays


def draw_kits19(seed: int, cases: int, size: int) -> Members:
    """Draw KiTS19: slices first in storage, one case with repeated slices."""
    for number in [*range(cases), 15]:
        name = f"case_{number:05d}"
        image, mask = _case("kits19", seed, name, size, order="IPR")
        yield f"data/{name}/imaging.nii.gz", image
        yield f"data/{name}/segmentation.nii.gz", mask
        if number == 0:  # of the test part: no labels
            yield "data/case_00300/imaging.nii.gz", image


def draw_lits(seed: int, cases: int, size: int) -> Members:
    """Draw LiTS: headers of different orientation, a test volume without labels."""
    for number in range(cases):
        order = ("LPS", "RAS")[number % 2]
        image, mask = _case("lits", seed, str(number), size, order=order)
        folder = f"Training Batch {1 + number % 2}"
        yield f"{folder}/volume-{number}.nii.gz", image
        yield f"{folder}/segmentation-{number}.nii.gz", mask
    yield "Test/test-volume-0.nii.gz", _case("lits", seed, "test", size)[0]


def draw_abdomenct1k(seed: int, cases: int, size: int) -> Members:
    """Draw AbdomenCT-1K as unpacked: images in three folders, masks in another.

    The last case of the third folder has no mask.
    """
    names = [f"Case_{number:05d}" for number in range(1, cases + 1)]
    for number, name in enumerate([*names, "Case_01062"]):
        part = 3 if number == cases else 1 + number % 3
        image, mask = _case("abdomenct1k", seed, name, size)
        yield f"Images{part}/AbdomenCT-1K-ImagePart{part}/{name}_0000.nii.gz", image
        if number < cases:
            yield f"Masks/Mask/{name}.nii.gz", mask


def draw_covid19_ct_seg(seed: int, cases: int, size: int) -> Members:
    """Draw COVID-19-CT-Seg as unpacked: every second case windowed to 0..255."""
    for number in range(cases):
        windowed = number % 2
        stem = ("coronacases_{:03d}", "radiopaedia_{}_85506_0")[windowed]
        name = stem.format(1 + number // 2)
        image, mask = _case("covid", seed, name, size)
        if windowed:
            voxels = np.clip((image.voxels + 1250) / 1500 * 255, 0, 255)
            image = image._replace(voxels=voxels.astype(np.int16))
        yield f"Images/{name}.nii.gz", image
        yield f"Infection_Mask/{name}.nii.gz", mask
        yield f"Lung_Mask/{name}.nii.gz", mask._replace(voxels=1 - mask.voxels)


def draw_plethora(seed: int, cases: int, size: int) -> Members:
    """Draw PleThora: masks of two reviewers; CT as DICOM, every second as NIfTI.

    Beside the CT lies a folder with a segmentation, whose slices are no image.
    """
    for number in range(1, cases + 1):
        name = f"LUNG1-{number:03d}"
        image, mask = _case("plethora", seed, name, size)
        stem = f"Effusions/{name}/{name}_effusion"
        yield f"{stem}_first_reviewer.nii.gz", mask
        if number % 2 == 0:
            yield f"CT/{name}.nii.gz", image
            continue
        yield f"{stem}_second_reviewer.nii.gz", mask
        study = f"CT/{name}/study"
        yield from dicom_series(f"{study}/ct/1-{{:03d}}.dcm", image, 2, -1024)
        first = image._replace(voxels=image.voxels[:1])
        yield from dicom_series(f"{study}/segmentation/1-{{}}.dcm", first, 3, -1024)


def draw_hecktor(seed: int, cases: int, size: int) -> Members:
    """Draw HECKTOR: masks on the grid of the CT, PET on a coarser one."""
    for number in range(1, cases + 1):
        name = f"{('CHUM', 'MDA')[number % 2]}-{number:03d}"
        image, mask = _case("hecktor", seed, name, size)
        stem = f"hecktor2022_training/imagesTr/{name}"
        yield f"{stem}__CT.nii.gz", image
        yield f"hecktor2022_training/labelsTr/{name}.nii.gz", mask
        rng = case_generator(seed, "hecktor", name, "pet")
        uptake = (mask.voxels > 0) * 900.0 + (image.voxels > -500) * 100.0
        uptake = (uptake + rng.normal(20, 8, uptake.shape))[:, ::2, ::2]
        yield f"{stem}__PT.nii.gz", Volume(uptake.astype(np.int16), (5.0, 5.0, 5.0))
