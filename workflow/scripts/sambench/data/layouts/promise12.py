"""PROMISE12: prostate T2 MRI from four centres, label 1 prostate.

Layout: ``[.../]CaseNN.mhd`` (with its ``.raw``) and ``CaseNN_segmentation.mhd``. 37 of
the 50 cases are in the sites UCL, BIDMC and HK of SAML: never train on one and test on
the other.
"""

from pathlib import Path

from sambench.data.cases import Case
from sambench.data.layouts.layout import Layout, no_cases
from sambench.data.layouts.pairing import found_below, paired

#: The cases that SAML does not hold.
NOT_IN_SAML = tuple(f"Case{number}" for number in range(13, 26))


def find_cases(root: Path, without_saml: bool = False) -> list[Case]:
    """List the labelled cases, group ``t2``.

    Parameters
    ----------
    root : Path
        Folder above the files.
    without_saml : bool
        Whether to leave out the cases that SAML holds too.

    Raises
    ------
    InputError
        If there is no labelled case.
    """
    root = Path(root)
    images = found_below(root, r"(?:.*/)?(Case\d+)\.(?:mhd|mha)")
    masks = found_below(root, r"(?:.*/)?(Case\d+)_segmentation\.(?:mhd|mha)")
    names = masks.keys() & set(NOT_IN_SAML) if without_saml else masks.keys()
    if not names:
        pattern = "CaseNN.mhd with CaseNN_segmentation.mhd"
        raise no_cases("promise12", root, pattern)
    expected = ("{name}.mhd", "{name}_segmentation.mhd")
    return paired(root, names, images, masks, expected, group="t2")


LAYOUT = Layout(
    dataset="promise12",
    kind="volume",
    labels=frozenset({0, 1}),
    find_cases=find_cases,
    options=("without_saml",),
)
