"""The abdominal archive: CT and MR in one folder, told apart by number."""

import numpy as np

from sambench.phantoms.bodies import Grid, Part, case_generator, chain, mirrored, paint
from sambench.phantoms.files import APPLE_DOUBLE, Members, Volume
from sambench.phantoms.scanner import blur, magnitude_image, scattered

(SPLEEN, RIGHT_KIDNEY, LEFT_KIDNEY, GALL_BLADDER, ESOPHAGUS, LIVER, STOMACH, AORTA,
 POSTCAVA, PANCREAS, RIGHT_ADRENAL, LEFT_ADRENAL, DUODENUM) = range(1, 14)  # fmt: skip
"""Labels as AMOS numbers them; bladder and prostate lie below what is drawn here."""

_TISSUES = {  # CT in the portal venous phase in HU, T1 after contrast in any unit
    "air": (-1000, 4), "fat": (-100, 300), "inner fat": (-100, 300),
    "muscle": (58, 330), "bone": (260, 260), "cortex": (650, 60), "cord": (35, 300),
    "lung": (-840, 40), "gas": (-950, 10), "liver": (108, 590),
    "liver vessel": (158, 790), "spleen": (122, 520), "kidney": (150, 600),
    "cortex of kidney": (195, 760), "bile": (12, 210), "gut wall": (82, 480),
    "gut fluid": (28, 180), "stomach": (62, 420), "pancreas": (92, 560),
    "artery": (185, 830), "vein": (150, 780), "adrenal": (75, 480), "table": (-350, 4),
}  # fmt: skip
HOUNSFIELD, T1 = ({name: pair[i] for name, pair in _TISSUES.items()} for i in (0, 1))
LATE = ("artery", "vein", "liver vessel", "kidney", "cortex of kidney")
"""What contrast medium brightens."""

ORIENTATIONS = ("LPS", "RAS", "LAS", "RPS", "LPI")
"""Storage orders in turn; the direction of every axis differs somewhere."""

LAST_DIGITS = {
    "Tr": {"ct": "0145679", "mr": "0478"},
    "Va": {"ct": "8", "mr": "35"},
    "Ts": {"ct": "23", "mr": "1269"},
}
"""Part -> last digits of its numbers: the original's numbers have gaps as well."""


def abdomen(rng: np.random.Generator) -> list[Part]:
    """Return the parts of an upper abdomen; the patient's right is at low x."""
    inside = {"within": "inner fat"}
    bone, gut = {"shell": ("cortex", 1.8)}, ("gut wall", 3)
    ribs = [
        Part("bone", (0, 94 * np.sin(a), 137 * np.cos(a)), (28, 2.4, 7), angle=slope)
        for a, slope in ((-0.66, -56), (-0.21, -79), (0.24, 77), (0.66, 56), (1.01, 38))
    ]
    coils = [(z, y, x) for z in (-34, -18) for y in (-52, -24) for x in (20, 58)]
    loops = [
        Part(
            str(rng.choice(["gut fluid", "stomach", "gas"])),
            tuple(rng.normal(place, 4)),
            tuple(rng.uniform((8, 8, 8), (13, 13, 15))),
            shell=gut,
            **inside,
        )
        for place in [*coils, (-26, 10, -104), (-30, 20, 98)]
    ]
    antrum = ((6, -40, 32), (-6, -40, 8), (-10, -28, -22))
    pancreas = ((-24, 2, -34), (-13, -3, -27), (-2, -15, -2), (4, -6, 32), (10, 10, 68))
    duodenum = ((-2, -20, -40), (-12, -4, -55), (-28, 8, -50), (-34, 16, -20))
    vessels = [
        part
        for end in ((22, 0, -68), (-6, 8, -74), (24, -26, -60), (28, -40, -28))
        for part in chain("liver vessel", [(2, -6, -34), end], (4, 2), within="liver")
    ]
    return [
        Part("air", (0, 118, 0), (900, 5, 186), shell=("table", 4)),
        Part("fat", (0, 0, 0), (900, 115, 158)),
        Part("inner fat", (0, 0, 0), (900, 88, 130), shell=("muscle", 9)),
        *mirrored(
            Part("muscle", (0, 76, 33), (900, 17, 25), angle=-8),
            Part("muscle", (-30, 52, 33), (45, 14, 13)),
            Part("lung", (52, 40, 84), (36, 42, 38), **inside),
            *ribs,
        ),
        Part("bone", (0, 80, 0), (900, 14, 17), **bone),
        Part("bone", (0, 56, 0), (900, 17, 21), **bone),
        *mirrored(Part("bone", (0, 77, 22), (900, 4.5, 17), angle=10)),
        Part("cord", (0, 77, 0), (900, 5.5, 7), shell=("fat", 3.5)),
        *loops,
        Part("spleen", (12, 24, 100), (27, 44, 24), SPLEEN, 14, **inside),
        *chain("stomach", antrum, (12, 9, 6), STOMACH, shell=gut, **inside),
        Part("stomach", (14, -34, 52), (28, 26, 34), STOMACH, 22,
             ("gut wall", 5, STOMACH), **inside),
        Part("gas", (14, -58, 52), (26, 22, 40), within="stomach"),
        Part("liver", (24, -50, -18), (30, 22, 56), LIVER, -8, **inside),
        Part("liver", (14, -4, -74), (50, 68, 56), LIVER, -8, **inside),
        Part("fat", (-10, 2, -26), (34, 16, 22), 0, -20),
        *vessels,
        *_kidney(-18, -1, RIGHT_KIDNEY, RIGHT_ADRENAL),
        *_kidney(-10, 1, LEFT_KIDNEY, LEFT_ADRENAL),
        Part("artery", (0, 28, 9), (900, 10, 10), AORTA),
        Part("vein", (0, 20, -21), (900, 8.5, 12), POSTCAVA),
        Part("gut fluid", (50, 8, 18), (24, 5, 5), ESOPHAGUS,
             shell=("gut wall", 3, ESOPHAGUS)),
        *chain("gut fluid", duodenum, (6, 6, 5.5, 5), DUODENUM,
               shell=("gut wall", 3, DUODENUM)),
        *chain("pancreas", pancreas, (15, 14, 10.5, 11, 9), PANCREAS),
        Part("bile", (-18, -30, -50), (27, 27, 17), GALL_BLADDER, 20,
             ("gut wall", 1.5, 0)),
    ]  # fmt: skip


def _kidney(z: float, side: int, kidney: int, adrenal: int) -> list[Part]:
    """Return a kidney `z` mm high with its hilum and its adrenal; left is side 1."""
    cortex = ("cortex of kidney", 6, kidney)
    return [
        Part("kidney", (z, 34, side * 66), (26, 14, 20), kidney, side * 38, cortex),
        Part("fat", (z, 28, side * 50), (13, 8, 13), 0, side * 38),
        Part("adrenal", (z + 26, 29, side * 40), (8, 8, 2.6), adrenal, side * 40),
    ]


def draw_amos22(seed: int, cases: int, size: int) -> Members:
    """Draw AMOS22: numbers with gaps, storage orders that differ, junk of macOS.

    `cases` of each modality for training, a third as many for validation, and one
    without labels for the test.
    """
    few = max(1, cases // 3)
    for part, n_ct, n_mr in (("Tr", cases, cases), ("Va", few, few), ("Ts", 1, 0)):
        folders = ["images"] if part == "Ts" else ["images", "labels"]
        for number in _numbers(part, "ct", n_ct) + _numbers(part, "mr", n_mr):
            name = f"amos_{number:04d}.nii.gz"
            volumes = scan(case_generator(seed, "amos22", part, name), number, size)
            for folder, volume in zip(folders, volumes, strict=False):
                yield f"amos22/{folder}{part}/{name}", volume
                yield f"__MACOSX/amos22/{folder}{part}/._{name}", APPLE_DOUBLE
    # The original says so of its MR cases, too.
    yield "amos22/dataset.json", {"name": "AMOS", "modality": {"0": "CT"}}
    yield "__MACOSX/amos22/._dataset.json", APPLE_DOUBLE


def _numbers(part: str, modality: str, count: int) -> list[int]:
    """Return the first numbers of a part; MR starts at 507, as the original does."""
    digits = LAST_DIGITS[part][modality]
    start = 507 if modality == "mr" else 1
    numbers = range(start, start + 10 * (count + 1))
    return [n for n in numbers if str(n)[-1] in digits][:count]


def scan(rng: np.random.Generator, number: int, size: int) -> tuple[Volume, Volume]:
    """Draw one case: image (HU for CT), and mask.

    Its number decides the modality and the storage order.
    """
    rows = columns = int(size * rng.uniform(0.94, 1.1))
    pixel = rng.uniform(335, 375) / columns
    place = (rng.normal(2, 2), *rng.normal((8, 0), 3))
    shape = (int(rng.integers(12, 15)), rows, columns)
    grid = Grid(shape, (5.0, pixel, pixel), place).bent(rng, 2.5, 45)
    if number >= 500:  # protocols differ, with or without suppression of fat
        contrast, fat = scattered(rng, T1, 0.09), rng.choice([1.0, 3.2])
        contrast |= {name: contrast[name] * fat for name in ("fat", "inner fat")}
        (image,), labels = paint(rng, grid, abdomen(rng), [contrast])
        gamma, noise = rng.uniform((0.8, 20), (1.3, 40))
        look = {"gamma": gamma, "blur_mm": 1.3, "bias": 0.25, "noise": noise}
        image = magnitude_image(rng, grid, image, **look) * rng.uniform(0.3, 1.5)
    else:
        phase = rng.normal(1, 0.12)  # how much contrast medium has arrived
        contrast = HOUNSFIELD | {name: HOUNSFIELD[name] * phase for name in LATE}
        (image,), labels = paint(rng, grid, abdomen(rng), [contrast])
        image = blur(image + 8 * (image > -500) * grid.noise(rng, 3), pixel, 0.9)
        image = image + rng.uniform(9, 18) * grid.noise(rng, 1.2 * pixel)
    image = np.clip(image, 0 if number >= 500 else -1024, 3071).astype(np.int16)
    orientation = ORIENTATIONS[number % len(ORIENTATIONS)]
    return tuple(Volume(v, grid.spacing, orientation) for v in (image, labels))
