"""The prostate task of the Medical Segmentation Decathlon: T2 and ADC in one file."""

import json

import numpy as np

from sambench.phantoms.archive import (
    APPLE_DOUBLE,
    case_generator,
    nifti_bytes,
    stored_as,
)
from sambench.phantoms.bodies import paint
from sambench.phantoms.pelvis import ADC, T2, gland_radii, pelvis
from sambench.phantoms.saml_prostate import pelvis_grid
from sambench.phantoms.scanner import bias_field, blur, rician, texture

TOP = "Task05_Prostate"


def draw(seed: int, cases: int, size: int) -> dict[str, bytes]:
    """Draw the members of the archive, see `write_phantom`.

    Each site has the first `cases` of its ids.

    Raises
    ------
    InputError
        If a site has fewer.
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
    """Draw one case, stored right, anterior, superior, as the original is.

    Returns
    -------
    tuple of np.ndarray
        Image int16 ``(X, Y, Z, 2)`` (T2, ADC), mask uint8 ``(X, Y, Z)`` with the zones,
        affine ``(4, 4)``.
    """
    gland = gland_radii(rng)
    grid = pelvis_grid(rng, 2 * gland[0], 3.6, rng.uniform(180, 205), size)
    (t2, adc), labels = paint(rng, grid, pelvis(rng, gland), [T2, ADC])
    pixel, speckle = grid.spacing[2], 1 + 0.08 * texture(rng, grid, 3)
    t2 = blur(t2 * speckle, pixel, 0.6) * bias_field(rng, grid, 0.15)
    # Diffusion is echo planar: coarse, and where fat is suppressed noise alone is left.
    adc = adc * speckle + (adc < 320) * rng.uniform(-300, 1000, adc.shape)
    adc = blur(adc, pixel, 1.5) + rng.normal(0, 90, adc.shape)
    image = np.stack([rician(rng, t2, 25), adc], axis=-1)
    image = np.clip(image, 0, 32767).astype(np.int16)
    return stored_as("RAS", image, labels, grid.spacing)
