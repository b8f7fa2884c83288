"""The chest round the heart, cut along the short axis of the left ventricle."""

from dataclasses import dataclass

import numpy as np

from sambench.phantoms.scene import Contrast, Scene
from sambench.phantoms.shapes import Below, Blob, Meet, Tube, random_waves

RIGHT_VENTRICLE, MYOCARDIUM, LEFT_VENTRICLE = 1, 2, 3
"""Labels as the ACDC challenge numbers them."""

CINE: Contrast = {
    "air": (5, 0),
    "fat": (780, 40),
    "muscle": (300, 25),
    "lung": (60, 22),
    "lung vessel": (420, 60),
    "blood": (810, 55),
    "slow blood": (700, 70),
    "myocardium": (290, 28),
    "papillary": (330, 25),
    "wall": (310, 30),
    "liver": (400, 25),
    "liver vessel": (640, 30),
    "bone": (450, 70),
    "gas": (15, 5),
    "stomach": (560, 80),
}
"""Intensities of a balanced steady-state sequence, arbitrary units."""


@dataclass(frozen=True)
class Heart:
    """Sizes of a heart at end-diastole, in mm.

    Parameters
    ----------
    cavity : float
        Radius of the left ventricular cavity.
    wall : float
        Thickness of its muscle.
    length : float
        Half of the distance from apex to base.
    emptying : float
        Relative shortening of the cavity radius at end-systole.
    """

    cavity: float
    wall: float
    length: float
    emptying: float


def random_heart(rng: np.random.Generator) -> Heart:
    """Draw a heart: healthy, dilated or thick-walled, as the challenge mixes them.

    Parameters
    ----------
    rng : np.random.Generator
        Source of the draw.
    """
    cavity, wall, emptying = {
        "healthy": (24, 8.5, 0.36),
        "dilated": (31, 7.5, 0.14),
        "hypertrophic": (21, 14, 0.45),
    }[str(rng.choice(["healthy", "dilated", "hypertrophic"], p=[0.5, 0.25, 0.25]))]
    cavity, wall = rng.normal((cavity, wall), (1.5, 0.8))
    return Heart(cavity, wall, rng.normal(37, 2), emptying * rng.normal(1, 0.08))


def draw_chest(
    scene: Scene, rng: np.random.Generator, heart: Heart, *, systole: bool
) -> None:
    """Paint a chest whose left ventricle is centred on the origin, its base upwards.

    Parameters
    ----------
    scene : Scene
        Where to paint; its contrasts hold the tissues of `CINE`.
    rng : np.random.Generator
        Source of the anatomy. A generator in the same state gives the same patient at
        either phase.
    heart : Heart
        Sizes of the heart.
    systole : bool
        Whether the heart is contracted.
    """
    _draw_surroundings(scene, rng)
    short = heart.emptying if systole else 0.0
    cavity = heart.cavity * (1 - short)
    # The muscle keeps its volume: its section in the slice stays about the same.
    wall = np.sqrt(cavity**2 + heart.wall * (2 * heart.cavity + heart.wall)) - cavity
    length = heart.length * (1 - 0.3 * short)
    # The base lies between two slices, so that no slice holds a half-cut ring, and
    # below the last one, so that atria are seen.
    axis = scene.grid.axis(0)[:-1]
    base = length * rng.uniform(0.5, 0.62)
    base = float(axis[np.abs(axis - base).argmin()]) + scene.grid.spacing[0] / 2

    _draw_basal_vessels(scene, rng, heart, base)
    reach = heart.cavity + heart.wall
    sac = Blob(
        (0, -2, -15),
        (heart.length + 12, reach + rng.uniform(6, 12), reach + rng.uniform(19, 25)),
        angle=14,
        waves=random_waves(rng, 0.03),
    )
    below_base = Below(base)
    scene.add("fat", Meet(sac, below_base))

    _draw_right_ventricle(scene, rng, heart, short, below_base)
    _draw_left_ventricle(scene, rng, cavity, wall, length, below_base)


def _draw_surroundings(scene: Scene, rng: np.random.Generator) -> None:
    """Paint chest wall, lungs, liver, stomach, spine and the descending aorta."""
    y_wall = rng.normal(-66, 4)
    scene.add("fat", Blob((0, 105 + y_wall, -20), (900, 122, 185), power=2.4))
    scene.add("muscle", Blob((0, 105 + y_wall, -20), (900, 111, 172), power=2.4))
    thorax = Blob((0, 106 + y_wall, -20), (900, 101, 160), power=2.5)
    scene.add("fat", thorax)
    for side in (-1, 1):
        lung = Blob(
            (30, 112 + y_wall + rng.normal(0, 3), -20 + side * 86),
            (150, 90, 70),
            side * 6,
            waves=random_waves(rng, 0.06),
        )
        scene.add("lung", lung, grain="fine")
        for _ in range(14):
            z, y, x = rng.normal((5, lung.centre[1], lung.centre[2]), (35, 40, 32))
            end = rng.normal((z, y, x), (8, 14, 14))
            twig = Tube(((z, y, x), tuple(end)), tuple(rng.uniform(0.8, 2.6, 2)))
            scene.add("lung vessel", Meet(twig, lung))
        for turn in np.deg2rad(rng.normal((35, 62), 4)):
            y = 106 + y_wall - 103 * np.sin(turn) ** 0.8
            rib = Blob((0, y, -20 + side * 163 * np.cos(turn) ** 0.8), (900, 4, 9))
            scene.add("bone", rib)
    scene.add("bone", Blob((0, y_wall + 2, -42), (900, 6, 17)))
    liver = Blob(
        (-58, 28, -48), (44, 62, 72), rng.normal(12, 6), waves=random_waves(rng, 0.08)
    )
    scene.add("liver", liver, grain="fine")
    for _ in range(6):
        start, end = rng.normal(liver.centre, (14, 24, 28), (2, 3))
        scene.add("liver vessel", Meet(Tube((tuple(start), tuple(end)), (3, 2)), liver))
    stomach = Blob((-62, 34, 48), (34, 26, 34), waves=random_waves(rng, 0.12))
    scene.add("wall", stomach.grown(3))
    scene.add("stomach", stomach)
    if rng.random() < 0.5:
        bubble = Blob((-62, 20, 48), (30, 14, 24))
        scene.add("gas", Meet(bubble, stomach))
    spine = Blob((0, 104, -36), (900, 19, 21), waves=random_waves(rng, 0.04))
    scene.add("wall", spine.grown(2))
    scene.add("bone", spine, grain="coarse")
    aorta = Blob((0, rng.normal(72, 3), rng.normal(-8, 4)), (900, 11, 11))
    scene.add("wall", aorta.grown(1.5))
    scene.add("blood", aorta)


def _draw_basal_vessels(
    scene: Scene, rng: np.random.Generator, heart: Heart, base: float
) -> None:
    """Paint atria and great vessels: blood above the valves that no mask includes."""
    z = base + 22
    places = {
        "left atrium": ((z, 18, -6), (26, 20, 27)),
        "right atrium": ((z - 4, 10, -50), (30, 22, 19)),
        "aortic root": ((z + 4, -8, -17), (30, 13, 13)),
        "outflow": ((z + 2, -30, -20), (26, 13, 18)),
    }
    scene.add("fat", Blob((z, 2, -22), (28, 44, 52), waves=random_waves(rng, 0.05)))
    for centre, radii in places.values():
        centre = rng.normal(centre, 2)
        radii = np.array(radii) * (heart.cavity / 25) ** 0.5
        vessel = Blob(tuple(centre), tuple(radii), waves=random_waves(rng, 0.08))
        scene.add("wall", vessel.grown(1.8))
        scene.add("blood", vessel, grain="coarse")


def _draw_right_ventricle(
    scene: Scene, rng: np.random.Generator, heart: Heart, short: float, limit: Below
) -> None:
    """Paint the right ventricle; the left one, painted next, makes it a crescent."""
    reach = heart.cavity + heart.wall
    shrink = 1 - 0.55 * short
    turn = np.deg2rad(rng.normal(10, 12))
    apart = 0.72 * reach + 6
    cavity = Blob(
        (5, -apart * np.sin(turn), -apart * np.cos(turn)),
        (0.88 * heart.length, 0.98 * reach * shrink, (0.72 * reach + 9) * shrink),
        angle=np.rad2deg(turn) + rng.normal(4, 4),
        power=2.2,
        taper=0.22,
        waves=random_waves(rng, 0.06, (2, 3, 4)),
    )
    scene.add("wall", Meet(cavity.grown(3), limit))
    scene.add("blood", Meet(cavity, limit), label=RIGHT_VENTRICLE, grain="coarse")
    for _ in range(rng.integers(4, 8)):  # trabeculae belong to the cavity
        turn = rng.uniform(0.6, 1.5) * np.pi
        y = cavity.centre[1] + 0.8 * cavity.radii[1] * np.sin(turn)
        x = cavity.centre[2] + 0.8 * cavity.radii[2] * np.cos(turn)
        rod = Tube(((-25, y, x), (20, y + 4, x + 2)), (1.6, 2.4))
        scene.add("papillary", Meet(Meet(rod, cavity), limit), soft=2.5)


def _draw_left_ventricle(
    scene: Scene,
    rng: np.random.Generator,
    cavity: float,
    wall: float,
    length: float,
    limit: Below,
) -> None:
    """Paint muscle, cavity and papillary muscles of the left ventricle."""
    oval = 1 + rng.normal(0, 0.05)
    waves = random_waves(rng, 0.03)
    angle = rng.uniform(0, 180)
    inner = Blob(
        (0, 0, 0), (length, cavity * oval, cavity / oval), angle, 2.2, 0.1, waves
    )
    outer = inner.grown(wall)
    scene.add("myocardium", Meet(outer, limit), label=MYOCARDIUM, grain="fine")
    scene.add("blood", Meet(inner, limit), label=LEFT_VENTRICLE, grain="coarse")
    for turn in np.deg2rad(rng.normal((40, 215), 10)):
        y, x = 0.72 * cavity * np.sin(turn), 0.72 * cavity * np.cos(turn)
        thick = 0.19 * cavity + rng.uniform(0, 1)
        muscle = Tube(
            ((-0.6 * length, y, x), (0.25 * length, y, x)), (thick, thick - 1)
        )
        scene.add("papillary", Meet(muscle, inner), soft=2)
    for turn in rng.uniform(0, 2 * np.pi, 9):  # trabeculae belong to the cavity
        y, x = 0.97 * cavity * np.sin(turn), 0.97 * cavity * np.cos(turn)
        rod = Tube(((-0.8 * length, 0.7 * y, 0.7 * x), (0.2 * length, y, x)), (3, 2))
        scene.add("papillary", Meet(rod, inner), soft=3)
