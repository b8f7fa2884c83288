"""The male pelvis round the prostate, for every prostate data set."""

import numpy as np

from sambench.phantoms.bodies import Grid, Part, mirrored
from sambench.phantoms.files import Triple

PERIPHERAL, CENTRAL = 1, 2
"""Labels of the zones of the prostate, as NCI-ISBI and MSD number them."""

MOST_SLICES = 16
"""Slices of the thickest volume: few, to keep the archives small."""

_TISSUES = {
    # tissue: T2 (urine at 1000), ADC in 1e-6 mm2/s, roughly as in the literature
    "air": (6, 0),
    "fat": (600, 260),
    "muscle": (190, 1050),
    "marrow": (430, 380),
    "cortex": (60, 60),
    "urine": (1000, 2700),
    "bladder wall": (250, 1250),
    "peripheral": (640, 1750),
    "central": (400, 1250),
    "stroma": (190, 950),
    "bright nodule": (610, 1500),
    "dark nodule": (270, 1020),
    "capsule": (230, 1100),
    "urethra": (760, 1700),
    "veins": (690, 1500),
    "seminal vesicle": (690, 1850),
    "rectal wall": (300, 1150),
    "gas": (12, 40),
    "stool": (390, 900),
}
T2, ADC = ({name: pair[i] for name, pair in _TISSUES.items()} for i in (0, 1))


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


def rectum_centre(gland: Triple, coil: bool) -> Triple:
    """Return where the rectum lies, and an inflated coil in it."""
    return (-2.0, gland[1] + (20 if coil else 16), 0.0)


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
    slices = np.ceil(height / slice_mm) + rng.integers(3, 5)
    shape = (int(np.clip(slices, 10, MOST_SLICES)), size, size)
    place = (0.06 * rng.normal() * slice_mm, *rng.normal((4, 0), 0.02 * view))
    return Grid(shape, (slice_mm, view / size, view / size), place).bent(rng, 1.6, 22)


def pelvis(rng: np.random.Generator, gland: Triple, coil: bool = False) -> list[Part]:
    """Return the parts of a pelvis whose prostate is centred on the origin."""
    rz, ry, rx = gland
    capsule, zone = ("capsule", 0.8), {"within": "peripheral"}
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
    width = 21 if coil else 13
    bone, vesicle = {"shell": ("cortex", 2.2)}, ("bladder wall", 1.2)
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
                 angle=14, shell=vesicle),
        ),
        Part("peripheral", (0, 0, 0), gland, PERIPHERAL, shell=("capsule", 1.3)),
        Part("central", place, radii, CENTRAL, shell=capsule, **zone),
        *nodules,
        Part("stroma", (0.1 * rz, -0.9 * ry, 0), (0.7 * rz, 0.28 * ry, 0.36 * rx),
             CENTRAL, **zone),
        Part("urethra", (0, -0.1 * ry, 0), (1.2 * rz, 2.2, 2.2)),
        Part(content, rectum_centre(gland, coil), (120, width - 2, 1.15 * width), 0,
             shell=("rectal wall", 2.2 if coil else 4, 0)),
    ]  # fmt: skip
