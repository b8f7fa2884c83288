"""Small archives of CT sets: kidney, liver, abdomen, lung, pleura, head and neck."""

import numpy as np

from sambench.phantoms.archive import (
    axial_affine,
    case_generator,
    nifti_bytes,
    stored_axial,
)
from sambench.phantoms.dicom import dicom_slice
from sambench.phantoms.small import Part, body, draw_parts, nifti_pair

SPACING = (5.0, 2.5, 2.5)

_LIVER = Part(110, (0.5, 0.45, 0.3), (0.4, 0.24, 0.2), 1)
_LIVER_TUMOUR = Part(60, (0.5, 0.42, 0.28), (0.28, 0.12, 0.11), 2)
_LUNGS = (
    Part(-820, (0.5, 0.5, 0.3), (1.2, 0.3, 0.15)),
    Part(-820, (0.5, 0.5, 0.7), (1.2, 0.3, 0.15)),
)


def draw_kits19(seed: int, cases: int, size: int) -> dict[str, bytes]:
    """Draw KiTS19: slices first in storage, one case with repeated slices."""
    kidney = Part(160, (0.5, 0.6, 0.3), (0.4, 0.15, 0.11), 1)
    tumour = Part(80, (0.5, 0.52, 0.28), (0.3, 0.1, 0.1), 2)
    members = {}
    for number in [*range(cases), 15]:
        name = f"case_{number:05d}"
        volumes = _draw("kits19", seed, name, size, [kidney, tumour])
        pair = nifti_pair(*volumes, SPACING, "IPR")
        for file, content in zip(("imaging", "segmentation"), pair, strict=True):
            members[f"data/{name}/{file}.nii.gz"] = content
    name = f"data/case_{300:05d}/imaging.nii.gz"  # of the test part: no labels
    members[name] = members["data/case_00000/imaging.nii.gz"]
    return members


def draw_lits(seed: int, cases: int, size: int) -> dict[str, bytes]:
    """Draw LiTS: headers of different orientation, a test volume without labels."""
    members = {}
    for number in range(cases):
        volumes = _draw("lits", seed, str(number), size, [_LIVER, _LIVER_TUMOUR])
        image, mask = nifti_pair(*volumes, SPACING, ("LPS", "RAS")[number % 2])
        folder = f"Training Batch {1 + number % 2}"
        members[f"{folder}/volume-{number}.nii.gz"] = image
        members[f"{folder}/segmentation-{number}.nii.gz"] = mask
    volumes = _draw("lits", seed, "test", size, [_LIVER])
    members["Test/test-volume-0.nii.gz"] = nifti_pair(*volumes, SPACING)[0]
    return members


def draw_abdomenct1k(seed: int, cases: int, size: int) -> dict[str, bytes]:
    """Draw AbdomenCT-1K as unpacked: images in three folders, masks in another."""
    organs = [
        _LIVER,
        Part(150, (0.5, 0.7, 0.65), (0.35, 0.11, 0.09), 2),
        Part(125, (0.5, 0.45, 0.75), (0.4, 0.14, 0.1), 3),
        Part(90, (0.5, 0.5, 0.53), (0.4, 0.1, 0.15), 4),
    ]
    members = {}
    for number in range(1, cases + 1):
        name, part = f"Case_{number:05d}", 1 + (number - 1) % 3
        volumes = _draw("abdomenct1k", seed, name, size, organs)
        image, mask = nifti_pair(*volumes, SPACING)
        folder = f"Images{part}/AbdomenCT-1K-ImagePart{part}"
        members[f"{folder}/{name}_0000.nii.gz"] = image
        members[f"Masks/Mask/{name}.nii.gz"] = mask
    volumes = _draw("abdomenct1k", seed, "unlabelled", size, organs)
    name = "Images3/AbdomenCT-1K-ImagePart3/Case_01062_0000.nii.gz"
    members[name] = nifti_pair(*volumes, SPACING)[0]
    return members


def draw_covid19_ct_seg(seed: int, cases: int, size: int) -> dict[str, bytes]:
    """Draw COVID-19-CT-Seg as unpacked: every second case windowed to 0..255."""
    infection = Part(-350, (0.5, 0.6, 0.3), (0.4, 0.14, 0.1), 1)
    members = {}
    for number in range(cases):
        windowed = number % 2
        stem = ("coronacases_{:03d}", "radiopaedia_{}_85506_0")[windowed]
        name = stem.format(1 + number // 2)
        image, labels = _draw("covid", seed, name, size, [*_LUNGS, infection])
        if windowed:
            image = np.clip((image + 1250) / 1500 * 255, 0, 255).astype(np.int16)
        lungs = (labels == 0).astype(np.uint8)
        files = {"Images": image, "Infection_Mask": labels, "Lung_Mask": lungs}
        for folder, volume in files.items():
            content = nifti_pair(volume, volume, SPACING)[0]
            members[f"{folder}/{name}.nii.gz"] = content
    return members


def draw_plethora(seed: int, cases: int, size: int) -> dict[str, bytes]:
    """Draw PleThora: masks of two reviewers; CT as DICOM, every second as NIfTI."""
    effusion = Part(15, (0.5, 0.68, 0.3), (0.4, 0.12, 0.13), 1)
    members = {}
    for number in range(1, cases + 1):
        name = f"LUNG1-{number:03d}"
        image, labels = _draw("plethora", seed, name, size, [*_LUNGS, effusion])
        image_bytes, mask_bytes = nifti_pair(image, labels, SPACING)
        stem = f"Effusions/{name}/{name}_effusion"
        members[f"{stem}_first_reviewer.nii.gz"] = mask_bytes
        if number % 2:
            members |= _dicom_members(f"CT/{name}/study", image)
            members[f"{stem}_second_reviewer.nii.gz"] = mask_bytes
        else:
            members[f"CT/{name}.nii.gz"] = image_bytes
    return members


def _dicom_members(folder: str, image: np.ndarray) -> dict[str, bytes]:
    """Return a CT as files from the head down, and a segmentation in another folder."""
    slices = len(image)
    x, y, z = axial_affine(image.shape, SPACING)[:3, 3]

    def stored(series: int, number: int) -> bytes:
        return dicom_slice(
            (image[number] + 1024).astype(np.int16),
            position=(-x, -y, z + number * SPACING[0]),
            spacing=SPACING[1:],
            series=series,
            number=number + 1,
            intercept=-1024,
        )

    members = {
        f"{folder}/ct/1-{slices - number:03d}.dcm": stored(2, number)
        for number in range(slices)
    }
    return members | {f"{folder}/segmentation/1-1.dcm": stored(3, 0)}


def draw_hecktor(seed: int, cases: int, size: int) -> dict[str, bytes]:
    """Draw HECKTOR: masks on the grid of the CT, PET on a coarser one."""
    primary = Part(60, (0.5, 0.5, 0.5), (0.35, 0.13, 0.12), 1)
    node = Part(55, (0.5, 0.5, 0.72), (0.3, 0.1, 0.09), 2)
    members = {}
    for number in range(1, cases + 1):
        name = f"{('CHUM', 'MDA')[number % 2]}-{number:03d}"
        image, labels = _draw("hecktor", seed, name, size, [primary, node])
        image_bytes, mask_bytes = nifti_pair(image, labels, SPACING)
        top = "hecktor2022_training"
        members[f"{top}/imagesTr/{name}__CT.nii.gz"] = image_bytes
        members[f"{top}/labelsTr/{name}.nii.gz"] = mask_bytes
        rng = case_generator(seed, "hecktor", name, "pet")
        uptake = (labels > 0) * 900.0 + (image > -500) * 100.0
        uptake = uptake + rng.normal(20, 8, uptake.shape)
        coarse = stored_axial(uptake.astype(np.int16)[:, ::2, ::2])
        affine = axial_affine(image.shape, SPACING) @ np.diag([2.0, 2.0, 1.0, 1.0])
        members[f"{top}/imagesTr/{name}__PT.nii.gz"] = nifti_bytes(coarse, affine)
    return members


def _draw(
    dataset: str, seed: int, name: str, size: int, parts: list[Part]
) -> tuple[np.ndarray, np.ndarray]:
    """Draw parts in a body, in Hounsfield units."""
    rng = case_generator(seed, dataset, name)
    return draw_parts(rng, size, [body(40), *parts], air=-1000)
