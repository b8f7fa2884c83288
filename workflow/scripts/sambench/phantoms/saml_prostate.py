"""The six-site prostate archive: T2 volumes whose look depends on the site."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from sambench.errors import InputError
from sambench.phantoms.archive import case_generator, nifti_bytes, stored_as
from sambench.phantoms.bodies import Grid, paint
from sambench.phantoms.pelvis import T2, gland_radii, pelvis, rectum_centre
from sambench.phantoms.scanner import (
    bias_field,
    blur,
    coil_gain,
    rician,
    scattered,
    texture,
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

TOP = "Processed_data_nii"
MOST_SLICES = 16
"""Slices of the thickest volume: few, to keep the archive small."""


def draw(seed: int, cases: int, size: int) -> dict[str, bytes]:
    """Draw the members of the archive, see `write_phantom`: a site's first cases.

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
    members = {}
    for name, site in SITES.items():
        for number in site.ids[:cases]:
            case = f"Case{number:02d}"
            rng = case_generator(seed, "saml_prostate", name, case)
            image, mask, affine = scan(rng, site, size)
            stem = f"{TOP}/{name}/{case}"
            members[f"{stem}.nii.gz"] = nifti_bytes(image, affine)
            members[f"{stem}{site.suffix}.nii.gz"] = nifti_bytes(mask, affine)
    return members


def pelvis_grid(
    rng: np.random.Generator, height: float, slice_mm: float, view: float, size: int
) -> Grid:
    """Place a grid round a prostate so that slices above and below it miss the gland.

    Parameters
    ----------
    rng : np.random.Generator
        Source of the position and of the bending.
    height : float
        Height of the gland in mm.
    slice_mm, view : float
        Distance between slices and field of view in mm.
    size : int
        Pixels a side.
    """
    slices = int(
        np.clip(np.ceil(height / slice_mm) + rng.integers(3, 5), 10, MOST_SLICES)
    )
    pixel = view / size
    place = (0.06 * rng.normal() * slice_mm, *rng.normal((4, 0), 0.02 * view))
    grid = Grid((slices, size, size), (slice_mm, pixel, pixel), place)
    return grid.bent(rng, 1.6, 22)


def scan(
    rng: np.random.Generator, site: Site, size: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw one case as a site would scan it.

    Returns
    -------
    tuple of np.ndarray
        Image int16 and mask uint8 ``(X, Y, Z)``, affine ``(4, 4)``.
    """
    slice_mm, view = rng.uniform(*site.slice_mm), rng.uniform(*site.view)
    gland = gland_radii(rng, site.coil, most=MOST_SLICES * slice_mm)
    grid = pelvis_grid(rng, 2 * gland[0], slice_mm, view, size)
    contrast = {name: value * site.tissues.get(name, 1) for name, value in T2.items()}
    contrast = scattered(rng, contrast, 0.05)
    (image,), labels = paint(rng, grid, pelvis(rng, gland, site.coil), [contrast])
    image = image * (1 + 0.08 * texture(rng, grid, 3))
    image = tone(image, site.gamma * rng.normal(1, 0.04), T2["urine"])
    image = blur(image, grid.spacing[2], site.blur_mm)
    image = image * bias_field(rng, grid, site.bias)
    if site.coil:
        centre = rectum_centre(gland, site.coil)
        image = image * coil_gain(grid, centre, rng.uniform(36, 46), 2.0)
    image = rician(rng, image, site.noise * T2["urine"]) * (site.white / T2["urine"])
    image = np.clip(image, 0, 32767).astype(np.int16)
    labels = labels if site.zones else (labels > 0).astype(np.uint8)
    return stored_as("LPS", image, labels, grid.spacing)
