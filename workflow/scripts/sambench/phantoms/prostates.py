"""The prostate archives: six sites that scan T2 differently, and MSD's T2 with ADC."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from sambench.errors import InputError
from sambench.phantoms.bodies import Grid, Part, case_generator, mirrored, paint
from sambench.phantoms.files import APPLE_DOUBLE, Members, Triple, Volume
from sambench.phantoms.scanner import blur, magnitude_image, scattered

PERIPHERAL, CENTRAL = 1, 2
"""Labels of the zones of the prostate, as NCI-ISBI and MSD number them."""

MOST_SLICES = 16
"""Slices of the thickest volume: few, to keep the archives small."""

_TISSUES = {  # T2 (urine at 1000), ADC in 1e-6 mm2/s, roughly as in the literature
    "air": (6, 0), "fat": (600, 260), "muscle": (190, 1050), "marrow": (430, 380),
    "cortex": (60, 60), "urine": (1000, 2700), "bladder wall": (250, 1250),
    "peripheral": (640, 1750), "central": (400, 1250), "stroma": (190, 950),
    "bright nodule": (610, 1500), "dark nodule": (270, 1020), "capsule": (230, 1100),
    "urethra": (760, 1700), "veins": (690, 1500), "seminal vesicle": (690, 1850),
    "rectal wall": (300, 1150), "gas": (12, 40), "stool": (390, 900),
}  # fmt: skip
T2, ADC = ({name: pair[i] for name, pair in _TISSUES.items()} for i in (0, 1))


class Site(NamedTuple):
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
    tissues: Mapping[str, float] = {}
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


def gland_radii(
    rng: np.random.Generator, coil: bool = False, most: float = np.inf
) -> Triple:
    """Draw the radii ``(z, y, x)`` of a prostate in mm.

    An endorectal coil flattens the gland, which stays clear of both ends of the volume,
    `most` mm high.
    """
    size = rng.lognormal(0, 0.09)
    z, y, x = rng.normal((19.5, 17.5, 24.5), (1.6, 1.4, 1.4)) * size
    z = min(z, 0.38 * most)
    return (z, 0.82 * y, 1.06 * x) if coil else (z, y, x)


def _pelvis_grid(
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
    slices = np.ceil(height / slice_mm) + rng.integers(3, 5)
    shape = (int(np.clip(slices, 10, MOST_SLICES)), size, size)
    place = (0.06 * rng.normal() * slice_mm, *rng.normal((4, 0), 0.02 * view))
    return Grid(shape, (slice_mm, view / size, view / size), place).bent(rng, 1.6, 22)


def pelvis(rng: np.random.Generator, gland: Triple, coil: bool = False) -> list[Part]:
    """Return the parts of a pelvis whose prostate is centred on the origin."""
    rz, ry, rx = gland
    place, radii = (0.16 * rz, -0.28 * ry, 0), (0.86 * rz, 0.74 * ry, 0.78 * rx)
    nodules = [
        Part(
            str(rng.choice(["bright nodule", "dark nodule"])),
            tuple(rng.normal(0, 0.42, 3) * radii + place),
            tuple(rng.uniform(2.5, 7, 3)),
            within="central",
        )
        for _ in range(8)
    ]
    # An inflated coil fills the rectum and thins its wall.
    back, width, wall = (ry + 20, 21, 2.2) if coil else (ry + 16, 13, 4)
    bone, zone = {"shell": ("cortex", 2.2)}, {"within": "peripheral"}
    content = "gas" if coil else str(rng.choice(["gas", "stool"]))
    return [
        Part("fat", (0, 8, 0), (500, 102, 185)),
        *mirrored(
            Part("muscle", (-15, -48, 66), (55, 24, 32), angle=20),
            Part("muscle", (5, 72, 78), (90, 22, 58), angle=-28),
            Part("muscle", (0, 4, 57), (60, 38, 9.5), angle=9),
            Part("muscle", (-14, 12, 33), (24, 25, 4.2), angle=14),
            Part("marrow", (0, 8, 80), (60, 30, 13), angle=5, **bone),
            Part("marrow", (16, -6, 113), (34, 25, 25), **bone),
            Part("marrow", (-8, -46, 25), (24, 10, 22), angle=-24, **bone),
        ),
        Part("marrow", (12, 66, 0), (22, 9, 11), **bone),
        Part("urine", (0.9 * rz + 22, -9, 0), (22, 23, 33), shell=("bladder wall", 4)),
        Part("veins", (2, -ry - 3, 0), (0.9 * rz, 6, 0.85 * rx)),
        *mirrored(
            Part("veins", (0, 0.62 * ry + 3, 0.86 * rx + 3), (rz, 4.5, 4.5)),
            Part("veins", (0, -0.2 * ry, rx + 3.5), (0.8 * rz, 9, 3.5)),
            Part("seminal vesicle", (0.95 * rz + 5, 0.7 * ry, 16), (9, 6.5, 17),
                 angle=14, shell=("bladder wall", 1.2)),
        ),
        Part("peripheral", (0, 0, 0), gland, PERIPHERAL, shell=("capsule", 1.3)),
        Part("central", place, radii, CENTRAL, shell=("capsule", 0.8), **zone),
        *nodules,
        Part("stroma", (0.1 * rz, -0.9 * ry, 0), (0.7 * rz, 0.28 * ry, 0.36 * rx),
             CENTRAL, **zone),
        Part("urethra", (0, -0.1 * ry, 0), (1.2 * rz, 2.2, 2.2)),
        Part(content, (-2, back, 0), (120, width - 2, 1.15 * width), 0,
             shell=("rectal wall", wall, 0)),
    ]  # fmt: skip


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
    grid = _pelvis_grid(rng, 2 * gland[0], slice_mm, view, size)
    contrast = {name: value * site.tissues.get(name, 1) for name, value in T2.items()}
    contrast = scattered(rng, contrast, 0.05)
    parts, gain = pelvis(rng, gland, site.coil), 1.0
    (image,), labels = paint(rng, grid, parts, [contrast])
    if site.coil:  # it lies in the rectum, and receives half as much at some distance
        reach = rng.uniform(36, 46)
        coil = Part("gas", parts[-1].centre, (1.8 * reach, reach, reach))
        gain = 0.55 + 1.45 / (1 + coil.level(grid.coordinates()) ** 2)
    look = {"gamma": site.gamma * rng.normal(1, 0.04), "blur_mm": site.blur_mm}
    look |= {"bias": site.bias, "noise": site.noise * T2["urine"], "gain": gain}
    image = magnitude_image(rng, grid, image, **look)
    image = np.clip(image * site.white / T2["urine"], 0, 32767).astype(np.int16)
    labels = labels if site.zones else (labels > 0).astype(np.uint8)
    return Volume(image, grid.spacing), Volume(labels, grid.spacing)


def draw_msd(seed: int, cases: int, size: int) -> Members:
    """Draw the prostate task: T2 and ADC in one file, junk of macOS beside every file.

    Twice as many cases as `cases` for training, and one without a mask for the test.
    """
    missing = {3, 5, 8, 9, 11, 12, 15, 19, 22, 23, 26, 27, 30, 33, 36, 45}
    training = [n for n in range(2 * cases + 16) if n not in missing][: 2 * cases]
    for part, numbers in {"train": training, "test": [3]}.items():
        folders = ["imagesTr", "labelsTr"] if part == "train" else ["imagesTs"]
        for number in numbers:
            name = f"prostate_{number:02d}.nii.gz"
            volumes = _msd_scan(case_generator(seed, "msd", part, name), size)
            for folder, volume in zip(folders, volumes, strict=False):
                yield f"Task05_Prostate/{folder}/{name}", volume
                yield f"Task05_Prostate/{folder}/._{name}", APPLE_DOUBLE
    yield "Task05_Prostate/dataset.json", {"modality": {"0": "T2", "1": "ADC"}}


def _msd_scan(rng: np.random.Generator, size: int) -> tuple[Volume, Volume]:
    """Draw image (T2, ADC) and zones of one case, stored as the original is."""
    gland = gland_radii(rng)
    grid = _pelvis_grid(rng, 2 * gland[0], 3.6, rng.uniform(180, 205), size)
    (t2, adc), labels = paint(rng, grid, pelvis(rng, gland), [T2, ADC])
    t2 = magnitude_image(rng, grid, t2, gamma=1, blur_mm=0.6, bias=0.15, noise=25)
    # Diffusion is echo planar: coarse, and where fat is suppressed noise alone is left.
    adc = adc + (adc < 320) * rng.uniform(-300, 1000, adc.shape)
    adc = blur(adc, grid.spacing[2], 1.5) + rng.normal(0, 90, adc.shape)
    image = np.clip(np.stack([t2, adc], axis=-1), 0, 32767).astype(np.int16)
    return Volume(image, grid.spacing, "RAS"), Volume(labels, grid.spacing, "RAS")
