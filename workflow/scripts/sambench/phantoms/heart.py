"""The cardiac archive: short-axis cine at end-diastole and end-systole."""

import numpy as np

from sambench.phantoms.bodies import Grid, Part, case_generator, paint
from sambench.phantoms.files import Members, Volume
from sambench.phantoms.scanner import magnitude_image, scattered

DIASTOLE = 1

RIGHT_VENTRICLE, MYOCARDIUM, LEFT_VENTRICLE = 1, 2, 3
"""Labels as the ACDC challenge numbers them."""

CINE = {
    "air": 5, "fat": 780, "muscle": 300, "lung": 60, "blood": 810,
    "left blood": 790, "myocardium": 290, "papillary": 330, "wall": 310, "liver": 400,
    "bone": 450, "gas": 15, "stomach": 560,
}  # fmt: skip
"""Intensities of a balanced steady-state sequence, arbitrary units."""


def chest(rng: np.random.Generator, grid: Grid, systole: bool) -> list[Part]:
    """Return the parts of a chest whose left ventricle is centred on the origin.

    The heart is healthy, dilated or thick-walled, as the challenge mixes them. A
    generator in the same state gives the same patient at either phase. The base lies
    between two slices of the grid, so that none holds a half-cut ring, and below the
    last one, so that atria are seen.
    """
    # At end-diastole in mm: radius of the left ventricular cavity, thickness of its
    # muscle; and by how much the radius shortens until end-systole.
    kinds = [(24, 8.5, 0.36), (31, 7.5, 0.14), (21, 14, 0.45)]
    full, wall, emptying = kinds[rng.choice(3, p=[0.5, 0.25, 0.25])]
    full, wall, apex = rng.normal((full, wall, 50), (1.5, 0.8, 3))
    short = emptying * rng.normal(1, 0.08) * systole
    cavity, length, reach = full * (1 - short), apex * (1 - 0.3 * short), full + wall
    # The muscle keeps its volume: its section in the slice stays about the same.
    wall = np.sqrt(cavity**2 + wall * (2 * full + wall)) - cavity
    slices = grid.axes[0][:-1]
    wanted = length * rng.uniform(0.5, 0.62)
    base = float(slices[np.abs(slices - wanted).argmin()]) + grid.spacing[0] / 2
    right, turn = 1 - 0.55 * short, np.deg2rad(rng.normal(10, 8))
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
        Part("bone", (0, -30, 115), (900, 4, 9), angle=50),
        Part("bone", (0, -30, -155), (900, 4, 9), angle=-50),
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
        Part("fat", (0, -2, -15), (apex + 12, reach + 9, reach + 22),
             angle=14, top=base),
        # The left ventricle, painted next, makes a crescent of the right one.
        Part("blood", (4, side * np.sin(turn), side * np.cos(turn)),
             (0.92 * length, 0.95 * reach * right, 0.85 * reach * right),
             RIGHT_VENTRICLE, shell=("wall", 3, 0), top=base),
        Part("left blood", (0, 0, 0), (length, cavity, cavity), LEFT_VENTRICLE,
             shell=("myocardium", wall, MYOCARDIUM), top=base),
        *muscles,
    ]  # fmt: skip


def draw_acdc(seed: int, cases: int, size: int) -> Members:
    """Draw ACDC: two frames a patient, named in ``Info.cfg``, and a film with no mask.

    `cases` patients for training, and a third as many for the test.
    """
    text = "Synthetic phantom, no patient data. Original: Bernard et al., TMI 2018.\n"
    yield "ACDC/database/MANDATORY_CITATION.md", text
    parts = (("training", 1, cases), ("testing", 101, max(1, cases // 3)))
    for folder, first, count in parts:
        for number in range(first, first + count):
            patient = f"patient{number:03d}"
            for name, content in _patient(seed, patient, size):
                yield f"ACDC/database/{folder}/{patient}/{name}", content


def _patient(seed: int, patient: str, size: int) -> Members:
    """Draw the files of a patient."""
    rng = case_generator(seed, "acdc", patient, "info")
    systole = int(rng.integers(8, 15))
    group = str(rng.choice(["NOR", "DCM", "HCM", "MINF", "RV"]))
    yield "Info.cfg", f"ED: {DIASTOLE}\nES: {systole}\nGroup: {group}\nNbFrame: 30\n"
    frames = []
    for frame in (DIASTOLE, systole):
        image, mask = scan(seed, patient, frame, size)
        stem = f"{patient}_frame{frame:02d}"
        yield f"{stem}.nii.gz", image
        yield f"{stem}_gt.nii.gz", mask
        frames.append(image.voxels[:, ::4, ::4])
    # The film is there because loaders must not take it for a case; it is kept tiny.
    z, y, x = image.spacing
    film = Volume(np.stack(frames, axis=-1), (z, 4 * y, 4 * x))
    yield f"{patient}_4d.nii.gz", film


def scan(seed: int, patient: str, frame: int, size: int) -> tuple[Volume, Volume]:
    """Draw one frame of a patient, image and mask.

    The frames share the anatomy and the scanner.
    """
    rng = case_generator(seed, "acdc", patient, "anatomy")
    # 1.4 to 1.7 mm as in the original, at 128 pixels; the view stays at other sizes.
    pixel = rng.uniform(1.4, 1.7) * 128 / size
    rows, columns = (int(size * part) // 4 * 4 for part in rng.uniform(0.94, 1.16, 2))
    place = (rng.normal(-2, 2), *rng.normal((6, -14), 5))
    shape = (int(rng.integers(6, 9)), rows, columns)
    grid = Grid(shape, (10.0, pixel, pixel), place).bent(rng, 1.8, 30)
    gamma, noise, bias = rng.uniform((0.8, 20, 0.12), (1.3, 50, 0.25))
    contrast = scattered(rng, CINE, 0.06)
    parts = chest(rng, grid, systole=frame != DIASTOLE)
    (image,), labels = paint(rng, grid, parts, [contrast], jitter=0.02)
    own = case_generator(seed, "acdc", patient, f"frame{frame}")
    look = {"gamma": gamma, "blur_mm": 1.2, "bias": bias, "noise": noise}
    image = 0.4 * magnitude_image(own, grid, image, **look)
    image = np.clip(image, 0, 32767).astype(np.int16)
    return Volume(image, grid.spacing), Volume(labels, grid.spacing)
