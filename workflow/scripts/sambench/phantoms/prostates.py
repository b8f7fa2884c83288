"""The prostate archives: six sites that scan T2 differently, and MSD's T2 with ADC."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from sambench.errors import InputError
from sambench.phantoms.bodies import case_generator, paint
from sambench.phantoms.files import APPLE_DOUBLE, Members, Volume
from sambench.phantoms.pelvis import (
    ADC,
    MOST_SLICES,
    T2,
    gland_radii,
    pelvis,
    pelvis_grid,
    rectum_centre,
)
from sambench.phantoms.scanner import (
    bias_field,
    blur,
    coil_gain,
    rician,
    scattered,
    tone,
)


@dataclass(frozen=True)
class Site:
    """How a site scans.

    Parameters
    ----------
    ids : tuple of int
        Numbers of its cases.
    view : tuple of float
        Smallest and largest field of view in mm, drawn for each case.
    slice_mm : tuple of float
        Smallest and largest distance between slices in mm.
    coil : bool
        Whether an endorectal coil is used.
    gamma : float
        Contrast curve; above 1 darkens the middle.
    bias, noise : float
        Strength of the shading (log gain) and of the noise (part of urine).
    blur_mm : float
        Standard deviation of the point spread in mm.
    white : float
        Intensity of urine in the file.
    tissues : mapping
        Factors on the mean intensities of `T2`.
    zones : bool
        Whether the masks tell the zones (1, 2) apart or only the gland (1).
    suffix : str
        What follows the case in the name of a mask.
    """

    ids: tuple[int, ...]
    view: tuple[float, float]
    slice_mm: tuple[float, float]
    coil: bool
    gamma: float
    bias: float
    noise: float
    blur_mm: float
    white: float
    tissues: Mapping[str, float] = field(default_factory=dict)
    zones: bool = False
    suffix: str = "_segmentation"


# Coil, slice distance and ids: the site table of the data set's page and the lists in
# use (I2CVB has 1.25 mm there; every third slice is kept here). Fields of view are near
# 384 px of the published pixel sizes. The look of each site is made up.
SITES = {
    "RUNMC": Site(
        tuple(range(30)), (165, 185), (3.6, 4.0), False, 1.0, 0.12, 0.02, 0.5, 900,
        zones=True,
    ),
    "BMC": Site(
        tuple(range(30)), (145, 160), (3.0, 3.2), True, 0.85, 0.18, 0.03, 0.4, 400,
        {"fat": 0.9, "central": 1.1, "muscle": 1.3}, zones=True,
        suffix="_Segmentation",
    ),
    "I2CVB": Site(
        tuple(range(19)), (140, 155), (3.75, 3.75), False, 1.25, 0.15, 0.025, 0.9, 1500,
        {"fat": 1.1, "peripheral": 0.97, "muscle": 1.2, "veins": 1.1},
    ),
    "UCL": Site(
        (1, *range(26, 38)), (150, 180), (3.0, 3.6), False, 0.8, 0.25, 0.045, 0.7, 700,
        {"fat": 1.15, "peripheral": 0.85, "bladder wall": 1.3, "stroma": 1.4},
    ),
    "BIDMC": Site(
        (0, *range(2, 13)), (125, 140), (2.6, 3.0), True, 1.15, 0.22, 0.035, 0.35, 3000,
        {"fat": 0.75, "peripheral": 1.05, "marrow": 0.7, "central": 0.9},
    ),
    "HK": Site(
        tuple(range(38, 50)), (170, 190), (3.6, 3.6), True, 0.95, 0.2, 0.045, 0.9, 550,
        {"fat": 1.05, "peripheral": 0.85},
    ),
}  # fmt: skip


def draw_saml_prostate(seed: int, cases: int, size: int) -> Members:
    """Draw the six sites: `cases` of each, the first of its numbers.

    Raises
    ------
    InputError
        If a site has fewer.
    """
    most = min(len(site.ids) for site in SITES.values())
    if cases > most:
        raise InputError(
            where="phantom saml_prostate",
            found=f"cases={cases}",
            expected=f"at most {most}, the cases of the smallest site",
            remedy="Lower cases",
        )
    for name, site in SITES.items():
        for number in site.ids[:cases]:
            case = f"Case{number:02d}"
            rng = case_generator(seed, "saml_prostate", name, case)
            image, mask = _scan_at(rng, site, size)
            stem = f"Processed_data_nii/{name}/{case}"
            yield f"{stem}.nii.gz", image
            yield f"{stem}{site.suffix}.nii.gz", mask


def _scan_at(rng: np.random.Generator, site: Site, size: int) -> tuple[Volume, Volume]:
    """Draw image and mask of one case as a site would scan it."""
    slice_mm, view = rng.uniform(*site.slice_mm), rng.uniform(*site.view)
    gland = gland_radii(rng, site.coil, most=MOST_SLICES * slice_mm)
    grid = pelvis_grid(rng, 2 * gland[0], slice_mm, view, size)
    contrast = {name: value * site.tissues.get(name, 1) for name, value in T2.items()}
    contrast = scattered(rng, contrast, 0.05)
    (image,), labels = paint(rng, grid, pelvis(rng, gland, site.coil), [contrast])
    image = image * (1 + 0.08 * grid.noise(rng, 3))
    image = tone(image, site.gamma * rng.normal(1, 0.04), T2["urine"])
    image = blur(image, grid.spacing[2], site.blur_mm)
    image = image * bias_field(rng, grid, site.bias)
    if site.coil:
        centre = rectum_centre(gland, site.coil)
        image = image * coil_gain(grid, centre, rng.uniform(36, 46), 2.0)
    image = rician(rng, image, site.noise * T2["urine"]) * (site.white / T2["urine"])
    image = np.clip(image, 0, 32767).astype(np.int16)
    labels = labels if site.zones else (labels > 0).astype(np.uint8)
    return Volume(image, grid.spacing), Volume(labels, grid.spacing)


def draw_msd(seed: int, cases: int, size: int) -> Members:
    """Draw the prostate task: T2 and ADC in one file, junk of macOS beside every file.

    Twice as many cases as `cases` for training, and one without a mask for the test.
    """
    training = [f"prostate_{n:02d}.nii.gz" for n in _training_numbers(2 * cases)]
    test = "prostate_03.nii.gz"
    groups = [("train", case) for case in training] + [("test", test)]
    for group, case in groups:
        image, mask = _msd_scan(case_generator(seed, "msd", group, case), size)
        files = {"imagesTr": image, "labelsTr": mask}
        if group == "test":
            files = {"imagesTs": image}
        for folder, volume in files.items():
            yield f"Task05_Prostate/{folder}/{case}", volume
            yield f"Task05_Prostate/{folder}/._{case}", APPLE_DOUBLE
    yield (
        "Task05_Prostate/dataset.json",
        {
            "name": "PROSTATE",
            "description": "Synthetic phantom, no patient data",
            "tensorImageSize": "4D",
            "modality": {"0": "T2", "1": "ADC"},
            "labels": {"0": "background", "1": "PZ", "2": "TZ"},
            "numTraining": len(training),
            "numTest": 1,
            "training": [
                {"image": f"./imagesTr/{case}", "label": f"./labelsTr/{case}"}
                for case in training
            ],
            "test": [f"./imagesTs/{test}"],
        },
    )


def _training_numbers(count: int) -> list[int]:
    """Return the first numbers that the original gives cases, or goes on."""
    missing = {3, 5, 8, 9, 11, 12, 15, 19, 22, 23, 26, 27, 30, 33, 36, 45}
    numbers = (n for n in range(count + len(missing)) if n not in missing)
    return [next(numbers) for _ in range(count)]


def _msd_scan(rng: np.random.Generator, size: int) -> tuple[Volume, Volume]:
    """Draw image (T2, ADC) and zones of one case, stored as the original is."""
    gland = gland_radii(rng)
    grid = pelvis_grid(rng, 2 * gland[0], 3.6, rng.uniform(180, 205), size)
    (t2, adc), labels = paint(rng, grid, pelvis(rng, gland), [T2, ADC])
    pixel, speckle = grid.spacing[2], 1 + 0.08 * grid.noise(rng, 3)
    t2 = blur(t2 * speckle, pixel, 0.6) * bias_field(rng, grid, 0.15)
    # Diffusion is echo planar: coarse, and where fat is suppressed noise alone is left.
    adc = adc * speckle + (adc < 320) * rng.uniform(-300, 1000, adc.shape)
    adc = blur(adc, pixel, 1.5) + rng.normal(0, 90, adc.shape)
    image = np.stack([rician(rng, t2, 25), adc], axis=-1)
    image = np.clip(image, 0, 32767).astype(np.int16)
    return Volume(image, grid.spacing, "RAS"), Volume(labels, grid.spacing, "RAS")
