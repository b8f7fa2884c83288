"""The prostate task of the Medical Segmentation Decathlon: T2 and ADC in one file."""

import json

import nibabel
import numpy as np

from sambench.phantoms.archive import (
    APPLE_DOUBLE,
    axial_affine,
    case_generator,
    nifti_bytes,
    stored_axial,
)
from sambench.phantoms.pelvis import ADC, T2, draw_pelvis, gland_radii
from sambench.phantoms.saml_prostate import pelvis_grid
from sambench.phantoms.scanner import bias_field, blur, rician
from sambench.phantoms.scene import Scene

TOP = "Task05_Prostate"


def draw(seed: int, cases: int, size: int) -> dict[str, bytes]:
    """Draw the members of the archive.

    Parameters
    ----------
    seed : int
        Seed of the archive.
    cases : int
        Half of the number of training cases; there is one test case without a mask.
    size : int
        Pixels a side.

    Returns
    -------
    dict of str to bytes
        Name in the archive -> content.
    """
    members, training = {}, []
    for number in _training_numbers(2 * cases):
        case = f"prostate_{number:02d}.nii.gz"
        image, mask, affine = scan(case_generator(seed, "msd", "train", case), size)
        for folder, volume in (("imagesTr", image), ("labelsTr", mask)):
            members[f"{TOP}/{folder}/{case}"] = nifti_bytes(volume, affine)
            members[f"{TOP}/{folder}/._{case}"] = APPLE_DOUBLE
        training.append({"image": f"./imagesTr/{case}", "label": f"./labelsTr/{case}"})
    case = "prostate_03.nii.gz"
    image, _, affine = scan(case_generator(seed, "msd", "test", case), size)
    members[f"{TOP}/imagesTs/{case}"] = nifti_bytes(image, affine)
    members[f"{TOP}/imagesTs/._{case}"] = APPLE_DOUBLE
    content = {
        "name": "PROSTATE",
        "description": "Synthetic phantom, no patient data",
        "tensorImageSize": "4D",
        "modality": {"0": "T2", "1": "ADC"},
        "labels": {"0": "background", "1": "PZ", "2": "TZ"},
        "numTraining": len(training),
        "numTest": 1,
        "training": training,
        "test": [f"./imagesTs/{case}"],
    }
    members[f"{TOP}/dataset.json"] = json.dumps(content, indent=1).encode()
    return members


def _training_numbers(count: int) -> list[int]:
    """Return the first numbers that the original gives cases, or goes on."""
    missing = {3, 5, 8, 9, 11, 12, 15, 19, 22, 23, 26, 27, 30, 33, 36, 45}
    numbers = (n for n in range(count + len(missing)) if n not in missing)
    return [next(numbers) for _ in range(count)]


def scan(
    rng: np.random.Generator, size: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw one case.

    Parameters
    ----------
    rng : np.random.Generator
        Generator of the case.
    size : int
        Pixels a side.

    Returns
    -------
    image : np.ndarray
        int16 ``(X, Y, Z, 2)``: T2, ADC.
    mask : np.ndarray
        uint8 ``(X, Y, Z)``: 1 peripheral, 2 transition zone.
    affine : np.ndarray
        ``(4, 4)``; stored right, anterior, superior, as the original is.
    """
    gland = gland_radii(rng, coil=False)
    grid = pelvis_grid(rng, 2 * gland[0], 3.6, rng.uniform(180, 205), size)
    scene = Scene(grid, [T2, ADC], rng)
    draw_pelvis(scene, rng, gland, coil=False)
    pixel = grid.spacing[2]
    t2 = blur(scene.images[0], pixel, 0.6) * bias_field(rng, grid, 0.15)
    t2 = rician(rng, t2, 25)
    # Diffusion is echo planar: coarse, and where fat is suppressed noise alone is left.
    adc = scene.images[1]
    adc = adc + (adc < 320) * rng.uniform(-200, 1600, adc.shape)
    adc = blur(adc, pixel, 1.5) + rng.normal(0, 90, adc.shape)
    image = np.stack([stored_axial(t2), stored_axial(adc)], axis=-1)
    image = np.clip(image, 0, 32767).astype(np.int16)
    affine = axial_affine(grid.shape, grid.spacing)
    return _stored_ras(image, scene.labels, affine)


def _stored_ras(
    image: np.ndarray, labels: np.ndarray, affine: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Flip the first two axes and their directions: the anatomy stays where it was."""
    flipped = affine @ nibabel.orientations.inv_ornt_aff(
        [[0, -1], [1, -1], [2, 1]], image.shape[:3]
    )
    return image[::-1, ::-1], stored_axial(labels)[::-1, ::-1], flipped
