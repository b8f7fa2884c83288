"""The chest round the heart, cut along the short axis of the left ventricle."""

from dataclasses import dataclass

import numpy as np

from sambench.phantoms.bodies import Grid, Part, mirrored

RIGHT_VENTRICLE, MYOCARDIUM, LEFT_VENTRICLE = 1, 2, 3
"""Labels as the ACDC challenge numbers them."""

CINE = {
    "air": 5,
    "fat": 780,
    "muscle": 300,
    "lung": 60,
    "lung vessel": 420,
    "blood": 810,
    "left blood": 790,
    "myocardium": 290,
    "papillary": 330,
    "wall": 310,
    "liver": 400,
    "bone": 450,
    "gas": 15,
    "stomach": 560,
}
"""Intensities of a balanced steady-state sequence, arbitrary units."""


@dataclass(frozen=True)
class Heart:
    """Sizes of a heart at end-diastole, in mm.

    Parameters
    ----------
    cavity, wall : float
        Radius of the left ventricular cavity, and thickness of its muscle.
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
    """Draw a heart: healthy, dilated or thick-walled, as the challenge mixes them."""
    kinds = [(24, 8.5, 0.36), (31, 7.5, 0.14), (21, 14, 0.45)]
    cavity, wall, emptying = kinds[rng.choice(3, p=[0.5, 0.25, 0.25])]
    cavity, wall = rng.normal((cavity, wall), (1.5, 0.8))
    return Heart(cavity, wall, rng.normal(50, 3), emptying * rng.normal(1, 0.08))


def chest(
    rng: np.random.Generator, grid: Grid, heart: Heart, systole: bool
) -> list[Part]:
    """Return the parts of a chest whose left ventricle is centred on the origin.

    A generator in the same state gives the same patient at either phase. The base lies
    between two slices of the grid, so that none holds a half-cut ring, and below the
    last one, so that atria are seen.
    """
    short = heart.emptying if systole else 0.0
    cavity = heart.cavity * (1 - short)
    # The muscle keeps its volume: its section in the slice stays about the same.
    wall = np.sqrt(cavity**2 + heart.wall * (2 * heart.cavity + heart.wall)) - cavity
    length = heart.length * (1 - 0.3 * short)
    slices = grid.axis(0)[:-1]
    wanted = length * rng.uniform(0.5, 0.62)
    base = float(slices[np.abs(slices - wanted).argmin()]) + grid.spacing[0] / 2
    reach, right = heart.cavity + heart.wall, 1 - 0.55 * short
    turn = np.deg2rad(rng.normal(10, 8))
    side = -0.72 * reach - 6
    muscles = [
        Part(
            "papillary",
            (-0.2 * length, 0.7 * cavity * np.sin(a), 0.7 * cavity * np.cos(a)),
            (0.5 * length, 0.19 * cavity, 0.19 * cavity),
            within="left blood",
        )
        for a in np.deg2rad(rng.normal((40, 215), 10))
    ]
    trunk = {"shell": ("wall", 1.8)}
    return [
        Part("fat", (0, 39, -20), (900, 122, 185)),
        Part("muscle", (0, 39, -20), (900, 111, 172)),
        Part("fat", (0, 40, -20), (900, 101, 160)),
        Part("lung", (30, 46, -106), (150, 90, 70), angle=-6),
        Part("lung", (30, 46, 66), (150, 90, 70), angle=6),
        *[
            Part("lung vessel", tuple(place), (9, 2.2, 2.2), within="lung")
            for place in rng.normal((5, 46, 66), (35, 40, 32), (14, 3))
        ],
        *[
            Part("bone", (0, y, -20 + x), (900, 4, 9), angle=turned)
            for part in mirrored(Part("bone", (0, -30, 135), (1, 1, 1), angle=50))
            for y, x, turned in [(*part.centre[1:], part.angle)]
        ],
        Part("bone", (0, -64, -42), (900, 6, 17)),
        Part("liver", (-58, 28, -48), (44, 62, 72), angle=12),
        Part("stomach", (-62, 34, 48), (34, 26, 34), shell=("wall", 3)),
        Part("gas", (-62, 20, 48), (30, 14, 24), within="stomach"),
        Part("bone", (0, 104, -36), (900, 19, 21), shell=("wall", 2)),
        Part("blood", (0, 72, -8), (900, 11, 11), shell=("wall", 1.5)),
        # Atria and great vessels: blood above the valves that no mask includes.
        Part("fat", (base + 22, 2, -22), (28, 44, 52)),
        Part("blood", (base + 22, 18, -6), (26, 20, 27), **trunk),
        Part("blood", (base + 18, 10, -50), (30, 22, 19), **trunk),
        Part("blood", (base + 26, -8, -17), (30, 13, 13), **trunk),
        Part("blood", (base + 24, -30, -20), (26, 13, 18), **trunk),
        Part(
            "fat",
            (0, -2, -15),
            (heart.length + 12, reach + 9, reach + 22),
            angle=14,
            top=base,
        ),
        # The left ventricle, painted next, makes a crescent of the right one.
        Part(
            "blood",
            (4, side * np.sin(turn), side * np.cos(turn)),
            (0.92 * length, 0.95 * reach * right, 0.85 * reach * right),
            RIGHT_VENTRICLE,
            shell=("wall", 3, 0),
            top=base,
        ),
        Part(
            "left blood",
            (0, 0, 0),
            (length, cavity, cavity),
            LEFT_VENTRICLE,
            shell=("myocardium", wall, MYOCARDIUM),
            top=base,
        ),
        *muscles,
    ]
