"""The abdominal archive: CT and MR in one folder, told apart by number."""

import json

import numpy as np

from sambench.phantoms.abdomen import HOUNSFIELD, LATE, ORGANS, T1, abdomen
from sambench.phantoms.archive import (
    APPLE_DOUBLE,
    case_generator,
    nifti_bytes,
    stored_as,
)
from sambench.phantoms.bodies import Grid, paint
from sambench.phantoms.scanner import bias_field, blur, rician, scattered, texture, tone

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
    """Draw the members of the archive, see `write_phantom`.

    Each site has the first `cases` of its ids.

    Raises
    ------
    InputError
        If a site has fewer.
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

    Returns
    -------
    tuple of np.ndarray
        Image int16 (HU for CT), mask uint8 with `ORGANS`, affine ``(4, 4)``.
    """
    rows = columns = int(size * rng.uniform(0.94, 1.1))
    pixel = rng.uniform(335, 375) / columns
    place = (rng.normal(2, 2), *rng.normal((8, 0), 3))
    shape = (int(rng.integers(12, 15)), rows, columns)
    grid = Grid(shape, (SLICE_MM, pixel, pixel), place).bent(rng, 2.5, 45)
    if number >= FIRST_MR:  # protocols differ, with or without suppression of fat
        contrast, fat = scattered(rng, T1, 0.09), rng.choice([1.0, 3.2])
        contrast |= {name: contrast[name] * fat for name in ("fat", "inner fat")}
        (image,), labels = paint(rng, grid, abdomen(rng), [contrast])
        image = image * (1 + 0.07 * texture(rng, grid, 3)) * bias_field(rng, grid, 0.25)
        image = blur(tone(image, rng.uniform(0.8, 1.3), 800), pixel, 1.3)
        image = rician(rng, image, rng.uniform(20, 40)) * rng.uniform(0.3, 1.5)
    else:
        phase = rng.normal(1, 0.12)  # how much contrast medium has arrived
        contrast = HOUNSFIELD | {name: HOUNSFIELD[name] * phase for name in LATE}
        (image,), labels = paint(rng, grid, abdomen(rng), [contrast])
        image = blur(image + 8 * (image > -500) * texture(rng, grid, 3), pixel, 0.9)
        image = image + rng.uniform(9, 18) * texture(rng, grid, 1.2 * pixel)
    image = np.clip(image, 0 if number >= FIRST_MR else -1024, 3071).astype(np.int16)
    orientation = ORIENTATIONS[number % len(ORIENTATIONS)]
    return stored_as(orientation, image, labels, grid.spacing)
