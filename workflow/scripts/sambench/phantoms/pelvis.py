"""The male pelvis round the prostate, for every prostate data set."""

import numpy as np

from sambench.phantoms.grid import Point
from sambench.phantoms.scene import Contrast, Scene
from sambench.phantoms.shapes import Blob, Meet, Tube, random_waves

PERIPHERAL, CENTRAL = 1, 2
"""Labels of the zones of the prostate, as NCI-ISBI and MSD number them."""

T2: Contrast = {
    "air": (6, 0),
    "fat": (600, 30),
    "muscle": (190, 22),
    "marrow": (430, 40),
    "cortex": (60, 5),
    "cartilage": (320, 20),
    "urine": (1000, 12),
    "bladder wall": (250, 20),
    "peripheral": (720, 75),
    "central": (400, 85),
    "stroma": (190, 20),
    "bright nodule": (610, 80),
    "dark nodule": (270, 35),
    "lesion": (330, 30),
    "capsule": (230, 15),
    "urethra": (760, 20),
    "veins": (690, 150),
    "seminal vesicle": (690, 190),
    "rectal wall": (300, 35),
    "mucosa": (640, 60),
    "gas": (12, 3),
    "stool": (390, 90),
}
"""T2-weighted intensities of a spin echo, arbitrary units with urine at 1000."""

ADC: Contrast = {
    "air": (0, 0),
    "fat": (260, 60),
    "muscle": (1050, 130),
    "marrow": (380, 90),
    "cortex": (60, 20),
    "cartilage": (900, 80),
    "urine": (2700, 60),
    "bladder wall": (1250, 90),
    "peripheral": (1750, 130),
    "central": (1250, 120),
    "stroma": (950, 60),
    "bright nodule": (1500, 110),
    "dark nodule": (1020, 80),
    "lesion": (760, 60),
    "capsule": (1100, 80),
    "urethra": (1700, 60),
    "veins": (1500, 250),
    "seminal vesicle": (1850, 260),
    "rectal wall": (1150, 120),
    "mucosa": (1500, 100),
    "gas": (40, 30),
    "stool": (900, 250),
}
"""Apparent diffusion coefficients in 1e-6 mm2/s, roughly those of the literature."""


def gland_radii(rng: np.random.Generator, coil: bool, most: float = np.inf) -> Point:
    """Draw the radii ``(z, y, x)`` of a prostate in mm.

    Parameters
    ----------
    rng : np.random.Generator
        Source of the draw.
    coil : bool
        Whether an endorectal coil flattens the gland.
    most : float
        Height of the volume in mm; the gland stays clear of both ends.
    """
    size = rng.lognormal(0, 0.09)
    z, y, x = rng.normal((19.5, 17.5, 24.5), (1.6, 1.4, 1.4)) * size
    z = min(z, 0.38 * most)
    return (z, 0.82 * y, 1.06 * x) if coil else (z, y, x)


def draw_pelvis(
    scene: Scene, rng: np.random.Generator, gland: Point, *, coil: bool
) -> Point:
    """Paint a pelvis whose prostate is centred on the origin.

    Parameters
    ----------
    scene : Scene
        Where to paint; its contrasts hold the tissues of `T2`.
    rng : np.random.Generator
        Source of the anatomy.
    gland : tuple of float
        Radii ``(z, y, x)`` of the prostate in mm.
    coil : bool
        Whether the rectum holds an inflated coil.

    Returns
    -------
    tuple of float
        Centre ``(z, y, x)`` of the rectum in mm, where a coil would sit.
    """
    _draw_walls(scene, rng)
    _draw_bladder(scene, rng, gland)
    _draw_surroundings(scene, rng, gland)
    _draw_prostate(scene, rng, gland)
    return _draw_rectum(scene, rng, gland, coil)


def _draw_walls(scene: Scene, rng: np.random.Generator) -> None:
    """Paint skin fat, muscles and bones, the left and right side nearly alike."""
    wide, deep = rng.normal(1, 0.05, 2)
    scene.add("fat", Blob((0, 8, 0), (500, 102 * deep, 185 * wide), power=2.5))
    for side in (-1, 1):
        jitter = rng.normal(0, 1.5, (8, 2))
        waves = random_waves(rng, 0.05)

        def at(z, y, x, i, side=side, jitter=jitter):
            return (z, deep * y + jitter[i, 0], side * (wide * x + jitter[i, 1]))

        thigh = Blob(at(-15, -48, 66, 0), (55, 24, 32), side * 20, waves=waves)
        gluteus = Blob(at(5, 72, 78, 1), (90, 22, 58), side * -28, waves=waves)
        obturator = Blob(at(0, 4, 57, 2), (60, 38, 9.5), side * 9, waves=waves)
        levator = Blob(at(-14, 12, 33, 3), (24, 25, 4.2), side * 14)
        for muscle in (thigh, gluteus, obturator, levator):
            scene.add("muscle", muscle, grain="fine")
        ischium = Blob(at(0, 8, 80, 4), (60, 30, 13), side * 5, waves=waves)
        femur = Blob(at(16, -6, 113, 5), (34, 25, 25))
        pubis = Blob(at(-8, -46, 25, 6), (24, 10, 22), side * -24, waves=waves)
        for bone in (ischium, femur, pubis):
            scene.add("cortex", bone.grown(2.2))
            scene.add("marrow", bone, grain="coarse")
    scene.add("cartilage", Blob((-8, -49 * deep, 0), (20, 12, 3.2)))
    coccyx = Blob((12, 66 * deep, 0), (22, 9, 11))
    scene.add("cortex", coccyx.grown(2))
    scene.add("marrow", coccyx)


def _draw_bladder(scene: Scene, rng: np.random.Generator, gland: Point) -> None:
    """Paint the bladder, whose neck dips into the base of the gland."""
    radii = rng.normal((22, 23, 33), (2, 3, 4))
    floor = gland[0] * rng.uniform(0.8, 1.0)
    centre = (floor + radii[0], -9 + rng.normal(0, 2), rng.normal(0, 2))
    bladder = Blob(centre, tuple(radii), power=2.3, waves=random_waves(rng, 0.06))
    scene.add("bladder wall", bladder.grown(rng.uniform(3, 5.5)), grain="fine")
    scene.add("urine", bladder)


def _draw_surroundings(scene: Scene, rng: np.random.Generator, gland: Point) -> None:
    """Paint what looks like gland and is not: veins, bundles and seminal vesicles."""
    rz, ry, rx = gland
    plexus = Blob(
        (2, -ry - 3, 0), (0.9 * rz, 6, 0.85 * rx), waves=random_waves(rng, 0.1)
    )
    scene.add("veins", plexus, grain="fine")
    for side in (-1, 1):
        drift = rng.normal(0, 1.5, 3)
        bundle = Blob(
            (drift[0], 0.62 * ry + 3, side * (0.86 * rx + 3 + drift[1])),
            (rz, 4.5, 4.5),
            waves=random_waves(rng, 0.15),
        )
        scene.add("veins", bundle, grain="fine")
        lateral = Blob((0, -0.2 * ry + drift[2], side * (rx + 3.5)), (0.8 * rz, 9, 3.5))
        scene.add("veins", lateral, grain="fine")
        vesicle = Blob(
            (0.95 * rz + 5, 0.7 * ry + drift[1], side * (16 + drift[2])),
            (9, 6.5 + 0.5 * drift[0], 17),
            side * rng.normal(14, 6),
            waves=random_waves(rng, 0.12),
        )
        scene.add("bladder wall", vesicle.grown(1.2))
        scene.add("seminal vesicle", vesicle, grain="fine")


def _draw_prostate(scene: Scene, rng: np.random.Generator, gland: Point) -> None:
    """Paint the peripheral zone, then the central gland with its nodules in it."""
    rz, ry, rx = gland
    # Three bumps, two of them behind at the sides, give the outline of a chestnut.
    chestnut = (3, rng.normal(0.055, 0.015), -np.pi / 2, 0.0)
    outer = Blob(
        (0, 0, 0),
        gland,
        angle=rng.normal(0, 4),
        power=rng.uniform(1.9, 2.2),
        taper=rng.normal(0.14, 0.06),
        waves=(chestnut, *random_waves(rng, 0.045)),
    )
    scene.add("capsule", outer.grown(1.3))
    scene.add("peripheral", outer, label=PERIPHERAL)
    for _ in range(rng.integers(0, 3)):
        turn = rng.uniform(0.15, 0.85) * np.pi
        place = (rng.normal(-2, 6), 0.75 * ry * np.sin(turn), 0.8 * rx * np.cos(turn))
        lesion = Blob(place, tuple(rng.uniform(3, 6, 3)), waves=random_waves(rng, 0.2))
        scene.add("lesion", Meet(lesion, outer), soft=3)

    share = rng.normal(0.74, 0.05)  # central gland grows with age, at the zone's cost
    inner = Blob(
        (0.16 * rz, -(1.02 - share) * ry, rng.normal(0, 0.8)),
        (0.86 * rz, share * ry, (share + 0.04) * rx),
        angle=outer.angle,
        power=2.2,
        taper=0.1,
        waves=random_waves(rng, 0.06),
    )
    scene.add("capsule", Meet(inner.grown(0.8), outer))
    scene.add("central", Meet(inner, outer), label=CENTRAL)
    for _ in range(rng.integers(5, 11)):
        place = rng.normal(0, 0.42, 3) * inner.radii + inner.centre
        nodule = Blob(tuple(place), tuple(rng.uniform(2.5, 7, 3)))
        kind = rng.choice(["bright nodule", "dark nodule"])
        if kind == "bright nodule":
            scene.add("capsule", Meet(nodule.grown(1), inner))
        scene.add(kind, Meet(nodule, inner), grain="fine", soft=1.5)
    stroma = Blob((0.1 * rz, -0.9 * ry, 0), (0.7 * rz, 0.28 * ry, 0.36 * rx))
    scene.add("stroma", Meet(stroma, outer), label=CENTRAL, soft=2)
    course = ((0.8 * rz, -0.35 * ry, 0), (0, 0.05 * ry, 0), (-1.3 * rz, -0.1 * ry, 0))
    scene.add("urethra", Tube(course, (3.2, 1.9, 2.2)), soft=2)


def _draw_rectum(
    scene: Scene, rng: np.random.Generator, gland: Point, coil: bool
) -> Point:
    """Paint the rectum behind the gland; an inflated coil presses into it."""
    ry = gland[1]
    radius = rng.normal(21, 1.5) if coil else rng.normal(13, 1.8)
    dent = rng.uniform(2, 4.5) if coil else rng.uniform(-2, 0.5)
    wall = 2.2 if coil else rng.uniform(3, 4.5)
    y, x = ry + wall + radius - dent, rng.normal(0, 2.0)
    lumen = Blob(
        (-2, y, x),
        (120, radius, radius * rng.uniform(1.05, 1.25)),
        waves=random_waves(rng, 0.02 if coil else 0.1),
    )
    scene.add("rectal wall", lumen.grown(wall), label=0, grain="fine")
    if coil:
        scene.add("mucosa", lumen.grown(0.7))
        scene.add("gas", lumen)
        for side in (-1, 1):  # the two conductors of the loop
            wire = Blob((-2, y - 0.55 * radius, x + side * 6), (120, 1.6, 1.6))
            scene.add("mucosa", wire)
        return (0.0, y, x)
    scene.add("mucosa", lumen.grown(-0.35 * wall), grain="fine")
    filling = rng.choice(["gas", "stool", "mucosa"], p=[0.5, 0.35, 0.15])
    scene.add(filling, lumen.grown(-1.6), grain="medium")
    return (0.0, y, x)
