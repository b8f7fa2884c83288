"""The upper abdomen, for CT and MR alike: its organs, their labels and their looks."""

import numpy as np

from sambench.phantoms.bodies import Part, chain, mirrored

_NAMES = """
spleen, right kidney, left kidney, gall bladder, esophagus, liver, stomach, aorta,
postcava, pancreas, right adrenal gland, left adrenal gland, duodenum, bladder,
prostate/uterus
"""
ORGANS = {number: name.strip() for number, name in enumerate(_NAMES.split(","), 1)}
"""Labels as AMOS numbers them; the last two lie below what is drawn here."""

_VALUE = {organ: value for value, organ in ORGANS.items()}

_TISSUES = {
    # tissue: CT in the portal venous phase in HU, T1 after contrast in arbitrary units
    "air": (-1000, 4),
    "fat": (-100, 300),
    "inner fat": (-100, 300),
    "muscle": (58, 330),
    "bone": (260, 260),
    "cortex": (650, 60),
    "cord": (35, 300),
    "lung": (-840, 40),
    "gas": (-950, 10),
    "liver": (108, 590),
    "liver vessel": (158, 790),
    "spleen": (122, 520),
    "kidney": (150, 600),
    "cortex of kidney": (195, 760),
    "bile": (12, 210),
    "gut wall": (82, 480),
    "gut fluid": (28, 180),
    "stomach": (62, 420),
    "pancreas": (92, 560),
    "artery": (185, 830),
    "vein": (150, 780),
    "adrenal": (75, 480),
    "table": (-350, 4),
}
HOUNSFIELD, T1 = ({name: pair[i] for name, pair in _TISSUES.items()} for i in (0, 1))
LATE = ("artery", "vein", "liver vessel", "kidney", "cortex of kidney")
"""What contrast medium brightens."""


def abdomen(rng: np.random.Generator) -> list[Part]:
    """Return the parts of an upper abdomen; the patient's right is at low x."""
    inside = {"within": "inner fat"}
    bone, gut = {"shell": ("cortex", 1.8)}, ("gut wall", 3)
    ribs = [
        Part("bone", (0, 94 * np.sin(a), 137 * np.cos(a)), (28, 2.4, 7), angle=slope)
        for a, slope in zip(
            np.deg2rad((-38, -12, 14, 38, 58)), (-56, -79, 77, 56, 38), strict=True
        )
    ]
    loops = [
        Part(
            str(rng.choice(["gut fluid", "stomach", "gas"])),
            tuple(rng.normal(place, 4)),
            tuple(rng.uniform((8, 8, 8), (13, 13, 15))),
            shell=gut,
            **inside,
        )
        for place in [
            (z, y, x) for z in (-34, -18) for y in (-52, -24) for x in (20, 58)
        ]
        + [(-26, 10, -104), (-30, 20, 98)]
    ]
    vessels = [
        part
        for end in ((22, 0, -68), (-6, 8, -74), (24, -26, -60), (28, -40, -28))
        for part in chain("liver vessel", [(2, -6, -34), end], (4, 2), within="liver")
    ]
    kidneys = [
        part
        for side, organ, height in ((-1, "right", -18), (1, "left", -10))
        for part in (
            Part(
                "kidney",
                (height, 34, side * 66),
                (26, 14, 20),
                _VALUE[f"{organ} kidney"],
                side * 38,
                ("cortex of kidney", 6, _VALUE[f"{organ} kidney"]),
            ),
            Part("fat", (height, 28, side * 50), (13, 8, 13), 0, side * 38),
            Part(
                "adrenal",
                (height + 26, 29, side * 40),
                (8, 8, 2.6),
                _VALUE[f"{organ} adrenal gland"],
                side * 40,
            ),
        )
    ]
    pancreas = ((-24, 2, -34), (-13, -3, -27), (-2, -15, -2), (4, -6, 32), (10, 10, 68))
    duodenum = ((-2, -20, -40), (-12, -4, -55), (-28, 8, -50), (-34, 16, -20))
    stomach = Part(
        "stomach",
        (14, -34, 52),
        (28, 26, 34),
        _VALUE["stomach"],
        22,
        ("gut wall", 5, _VALUE["stomach"]),
        **inside,
    )
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
        Part("bone", (0, 77, 22), (900, 4.5, 17), angle=10),
        Part("bone", (0, 77, -22), (900, 4.5, 17), angle=-10),
        Part("cord", (0, 77, 0), (900, 5.5, 7), shell=("fat", 3.5)),
        *loops,
        Part("spleen", (12, 24, 100), (27, 44, 24), _VALUE["spleen"], 14, **inside),
        *chain(
            "stomach",
            ((6, -40, 32), (-6, -40, 8), (-10, -28, -22)),
            (12, 9, 6),
            _VALUE["stomach"],
            shell=gut,
            **inside,
        ),
        stomach,
        Part("gas", (14, -58, 52), (26, 22, 40), within="stomach"),
        Part("liver", (24, -50, -18), (30, 22, 56), _VALUE["liver"], -8, **inside),
        Part("liver", (14, -4, -74), (50, 68, 56), _VALUE["liver"], -8, **inside),
        Part("fat", (-10, 2, -26), (34, 16, 22), 0, -20),
        *vessels,
        *kidneys,
        Part("artery", (0, 28, 9), (900, 10, 10), _VALUE["aorta"]),
        Part("vein", (0, 20, -21), (900, 8.5, 12), _VALUE["postcava"]),
        Part(
            "gut fluid",
            (50, 8, 18),
            (24, 5, 5),
            _VALUE["esophagus"],
            shell=("gut wall", 3, _VALUE["esophagus"]),
        ),
        *chain(
            "gut fluid",
            duodenum,
            (6, 6, 5.5, 5),
            _VALUE["duodenum"],
            shell=("gut wall", 3, _VALUE["duodenum"]),
        ),
        *chain("pancreas", pancreas, (15, 14, 10.5, 11, 9), _VALUE["pancreas"]),
        Part(
            "bile",
            (-18, -30, -50),
            (27, 27, 17),
            _VALUE["gall bladder"],
            20,
            ("gut wall", 1.5, 0),
        ),
    ]
