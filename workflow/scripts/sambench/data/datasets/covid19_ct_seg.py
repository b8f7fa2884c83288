"""COVID-19-CT-Seg: chest CT of 20 patients, label 1 infection.

Layout: images in one folder, masks of the same names in ``Infection_Mask``; the other
mask archives are left alone. Ten cases, ``radiopaedia_*``, are reported to be windowed
to 0..255 already, the ten ``coronacases_*`` to be in HU; look at the ranges before you
compare them.
"""

from pathlib import Path

from sambench.data.cases import Case
from sambench.data.datasets.dataset import Dataset, no_cases
from sambench.data.datasets.pairing import found_below, paired
from sambench.errors import unknown_name

PARTS = ("all", "coronacases", "radiopaedia")

_ANY = r"(?:.*/)?"


def find_cases(root: Path, part: str = "all") -> list[Case]:
    """List the cases, group ``ct``.

    Parameters
    ----------
    root : Path
        Folder above images and ``Infection_Mask``.
    part : str
        One of `PARTS`: which sources to use.

    Raises
    ------
    InputError
        If the part is unknown or there is no case.
    """
    if part not in PARTS:
        raise unknown_name("covid19_ct_seg option 'part'", "part", part, PARTS)
    root = Path(root)
    masks = found_below(root, rf"{_ANY}Infection_Mask/{_ANY}([^/]+)\.nii(?:\.gz)?")
    every = found_below(root, rf"(?!{_ANY}[^/]*_Mask/){_ANY}([^/]+)\.nii(?:\.gz)?")
    names = [name for name in masks if part in ("all", name.split("_")[0])]
    if not names:
        pattern = "<image>.nii.gz with Infection_Mask/<image>.nii.gz"
        raise no_cases("covid19_ct_seg", root, pattern)
    expected = ("Images/{name}.nii.gz", "Infection_Mask/{name}.nii.gz")
    return paired(root, names, every, masks, expected, group="ct")


DATASET = Dataset(
    id="covid19_ct_seg",
    kind="volume",
    labels=frozenset({0, 1}),
    find_cases=find_cases,
    canonical=True,
    options=("part",),
)
