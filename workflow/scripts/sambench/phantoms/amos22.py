"""The abdominal archive: CT and MR in one folder, told apart by number."""

import json

import nibabel
import numpy as np

from sambench.phantoms.abdomen import draw_abdomen
from sambench.phantoms.archive import (
    APPLE_DOUBLE,
    axial_affine,
    case_generator,
    nifti_bytes,
    stored_axial,
)
from sambench.phantoms.grid import Grid
from sambench.phantoms.organs import HOUNSFIELD, ORGANS, T1
from sambench.phantoms.scanner import bias_field, blur, quantum, rician, tone
from sambench.phantoms.scene import Contrast, Scene

TOP = "amos22"
FIRST_MR = 500
SLICE_MM = 5.0

ORIENTATIONS = ("LPS", "RAS", "LAS", "RPS", "LPI")
"""Storage orders in turn; the direction of every axis differs somewhere."""

LAST_DIGITS = {
    "Tr": {"ct": "0145679", "mr": "0478"},
    "Va": {"ct": "8", "mr": "35"},
    "Ts": {"ct": "23", "mr": "1269"},
}
"""Part -> last digits of its numbers: the original's numbers have gaps as well."""


def draw(seed: int, cases: int, size: int) -> dict[str, bytes]:
    """Draw the members of the archive.

    Parameters
    ----------
    seed : int
        Seed of the archive.
    cases : int
        CT cases for training, and as many MR; a third, at least one of each, are for
        validation; one CT without a mask is for testing.
    size : int
        Pixels a side, about: it differs between cases.

    Returns
    -------
    dict of str to bytes
        Name in the archive -> content.
    """
    few = max(1, cases // 3)
    members, listed = {}, {}
    for part, n_ct, n_mr in (("Tr", cases, cases), ("Va", few, few), ("Ts", 1, 0)):
        numbers = _numbers(part, "ct", n_ct) + _numbers(part, "mr", n_mr)
        listed[part] = []
        for number in numbers:
            name = f"amos_{number:04d}.nii.gz"
            rng = case_generator(seed, "amos22", part, name)
            image, mask, affine = scan(rng, number, size)
            members[f"{TOP}/images{part}/{name}"] = nifti_bytes(image, affine)
            members[f"__MACOSX/{TOP}/images{part}/._{name}"] = APPLE_DOUBLE
            entry = {"image": f"./images{part}/{name}"}
            if part != "Ts":
                members[f"{TOP}/labels{part}/{name}"] = nifti_bytes(mask, affine)
                members[f"__MACOSX/{TOP}/labels{part}/._{name}"] = APPLE_DOUBLE
                entry["label"] = f"./labels{part}/{name}"
            listed[part].append(entry)
    content = {
        "name": "AMOS",
        "description": "Synthetic phantom, no patient data",
        "tensorImageSize": "3D",
        "modality": {"0": "CT"},  # the original says so of its MR cases, too
        "labels": {"0": "background", **{str(k): v for k, v in ORGANS.items()}},
        "numTraining": len(listed["Tr"]),
        "numValidation": len(listed["Va"]),
        "numTest": len(listed["Ts"]),
        "training": listed["Tr"],
        "validation": listed["Va"],
        "test": listed["Ts"],
    }
    members[f"{TOP}/dataset.json"] = json.dumps(content, indent=1).encode()
    members[f"__MACOSX/{TOP}/._dataset.json"] = APPLE_DOUBLE
    return members


def _numbers(part: str, modality: str, count: int) -> list[int]:
    """Return the first numbers of a part; MR starts at 507, as the original does."""
    digits = LAST_DIGITS[part][modality]
    start = 507 if modality == "mr" else 1
    numbers = [
        n for n in range(start, start + 10 * (count + 1)) if str(n)[-1] in digits
    ]
    return numbers[:count]


def scan(
    rng: np.random.Generator, number: int, size: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw one case; its number decides the modality and the storage order.

    Parameters
    ----------
    rng : np.random.Generator
        Generator of the case.
    number : int
        Number of the case: below 500 CT, else MR.
    size : int
        Pixels a side, about.

    Returns
    -------
    image : np.ndarray
        int16, Hounsfield units for CT.
    mask : np.ndarray
        uint8, `ORGANS`.
    affine : np.ndarray
        ``(4, 4)``.
    """
    slices = int(rng.integers(12, 15))
    rows = columns = int(size * rng.uniform(0.94, 1.1))
    pixel = rng.uniform(335, 375) / columns
    place = (rng.normal(2, 2), *rng.normal((8, 0), 3))
    grid = Grid((slices, rows, columns), (SLICE_MM, pixel, pixel), place)
    grid = grid.warped(rng, 2.5, 45)
    draw_image = _mr if number >= FIRST_MR else _ct
    image, labels = draw_image(rng, grid)
    orientation = ORIENTATIONS[number % len(ORIENTATIONS)]
    return stored_as(orientation, image, labels, grid)


def _ct(rng: np.random.Generator, grid: Grid) -> tuple[np.ndarray, np.ndarray]:
    """Draw a CT volume ``(Z, Y, X)`` and its labels."""
    phase = rng.normal(1, 0.12)  # how much contrast medium has arrived
    late = {"artery", "vein", "liver vessel", "kidney", "cortex of kidney"}
    contrast = {
        tissue: (mean * (phase if tissue in late else 1) + rng.normal(0, 3), spread)
        for tissue, (mean, spread) in HOUNSFIELD.items()
    }
    scene = Scene(grid, [contrast], rng)
    draw_abdomen(scene, rng)
    image = blur(scene.images[0], grid.spacing[2], 0.9)
    image = quantum(rng, image, rng.uniform(9, 18))
    return np.clip(image, -1024, 3071).astype(np.int16), scene.labels


def _mr(rng: np.random.Generator, grid: Grid) -> tuple[np.ndarray, np.ndarray]:
    """Draw an MR volume ``(Z, Y, X)`` and its labels; protocols differ."""
    contrast: Contrast = {
        tissue: (mean * rng.normal(1, 0.09), spread)
        for tissue, (mean, spread) in T1.items()
    }
    fat = rng.choice([1.0, 3.2])  # with or without suppression
    contrast = {**contrast, "fat": (contrast["fat"][0] * fat, 30)}
    scene = Scene(grid, [contrast], rng)
    draw_abdomen(scene, rng)
    image = tone(scene.images[0], rng.uniform(0.8, 1.3), 800)
    image = blur(image, grid.spacing[2], 1.3) * bias_field(rng, grid, 0.25)
    image = rician(rng, image, rng.uniform(20, 40)) * rng.uniform(0.3, 1.5)
    return np.clip(image, 0, 32767).astype(np.int16), scene.labels


def stored_as(
    orientation: str, image: np.ndarray, labels: np.ndarray, grid: Grid
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Store a volume in another order: other voxels and affine, the same anatomy.

    Parameters
    ----------
    orientation : str
        Directions in which the stored axes grow, e.g. ``"LPS"``.
    image, labels : np.ndarray
        ``(Z, Y, X)``.
    grid : Grid
        Their grid.

    Returns
    -------
    tuple of np.ndarray
        Image, labels ``(X, Y, Z)`` and affine ``(4, 4)``.
    """
    affine = axial_affine(grid.shape, grid.spacing)
    change = nibabel.orientations.ornt_transform(
        nibabel.orientations.axcodes2ornt("LPS"),
        nibabel.orientations.axcodes2ornt(orientation),
    )
    turned = [
        nibabel.orientations.apply_orientation(stored_axial(volume), change)
        for volume in (image, labels)
    ]
    shape = grid.shape[::-1]
    affine = affine @ nibabel.orientations.inv_ornt_aff(change, shape)
    return turned[0], turned[1], affine
