"""PROMISE12: prostate T2 MRI from four centres, label 1 prostate.

Layout: ``[.../]CaseNN.mhd`` (with its ``.raw``) and ``CaseNN_segmentation.mhd``. 37 of
the 50 cases are in the sites UCL, BIDMC and HK of SAML: never train on one and test on
the other.
"""

from pathlib import Path

from sambench.data.cases import Case
from sambench.data.datasets.dataset import Dataset, no_cases
from sambench.data.datasets.pairing import found_below, paired

#: The cases that SAML does not hold.
NOT_IN_SAML = tuple(f"Case{number}" for number in range(13, 26))


def find_cases(root: Path) -> list[Case]:
    """List the labelled cases, group ``t2``; those that SAML does not hold twice.

    They are the group ``t2_not_in_saml`` as well.

    Parameters
    ----------
    root : Path
        Folder above the files.

    Raises
    ------
    InputError
        If there is no labelled case.
    """
    root = Path(root)
    images = found_below(root, r"(?:.*/)?(Case\d+)\.(?:mhd|mha)")
    masks = found_below(root, r"(?:.*/)?(Case\d+)_segmentation\.(?:mhd|mha)")
    names = set(masks)
    if not names:
        pattern = "CaseNN.mhd with CaseNN_segmentation.mhd"
        raise no_cases("promise12", root, pattern)
    expected = ("{name}.mhd", "{name}_segmentation.mhd")
    new = names & set(NOT_IN_SAML)
    return sorted(
        [
            *paired(root, names, images, masks, expected, group="t2"),
            *paired(root, new, images, masks, expected, group="t2_not_in_saml"),
        ]
    )


DATASET = Dataset(
    id="promise12",
    kind="volume",
    labels=frozenset({0, 1}),
    find_cases=find_cases,
)
