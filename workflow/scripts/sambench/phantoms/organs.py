"""The organs of the upper abdomen: their labels and how they look in CT and MR."""

from sambench.phantoms.scene import Contrast

ORGANS = {
    1: "spleen",
    2: "right kidney",
    3: "left kidney",
    4: "gall bladder",
    5: "esophagus",
    6: "liver",
    7: "stomach",
    8: "aorta",
    9: "postcava",
    10: "pancreas",
    11: "right adrenal gland",
    12: "left adrenal gland",
    13: "duodenum",
    14: "bladder",
    15: "prostate/uterus",
}
"""Labels as AMOS numbers them; the last two lie below what is drawn here."""

VALUE = {organ: value for value, organ in ORGANS.items()}
"""Organ -> label."""

HOUNSFIELD: Contrast = {
    "air": (-1000, 0),
    "fat": (-100, 10),
    "muscle": (58, 9),
    "bone": (260, 70),
    "cortex": (650, 90),
    "cord": (35, 4),
    "lung": (-840, 35),
    "gas": (-950, 10),
    "liver": (108, 7),
    "liver vessel": (158, 6),
    "spleen": (122, 7),
    "kidney": (150, 14),
    "cortex of kidney": (195, 10),
    "bile": (12, 4),
    "sludge": (42, 10),
    "stone": (180, 60),
    "gut wall": (82, 8),
    "gut fluid": (28, 14),
    "food": (62, 30),
    "pancreas": (92, 14),
    "artery": (185, 7),
    "vein": (150, 7),
    "adrenal": (75, 6),
    "table": (-350, 0),
}
"""CT in the portal venous phase, in Hounsfield units."""

T1: Contrast = {
    "air": (4, 0),
    "fat": (300, 30),
    "muscle": (330, 30),
    "bone": (260, 40),
    "cortex": (60, 10),
    "cord": (300, 20),
    "lung": (40, 15),
    "gas": (10, 5),
    "liver": (590, 28),
    "liver vessel": (790, 30),
    "spleen": (520, 25),
    "kidney": (600, 55),
    "cortex of kidney": (760, 40),
    "bile": (210, 40),
    "sludge": (470, 60),
    "stone": (60, 20),
    "gut wall": (480, 45),
    "gut fluid": (180, 60),
    "food": (420, 120),
    "pancreas": (560, 60),
    "artery": (830, 25),
    "vein": (780, 30),
    "adrenal": (480, 30),
    "table": (4, 0),
}
"""Fat-suppressed T1-weighted gradient echo after contrast, arbitrary units."""
