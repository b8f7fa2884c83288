"""AMOS22: abdominal CT and MR, 15 organs.

Layout: ``[amos22/]{imagesTr,labelsTr,imagesVa,labelsVa}/amos_XXXX.nii.gz``. Ids below
500 are CT, the others MR. The labels of ``imagesTs`` are withheld, so that folder is
left alone; ``Va`` counts when its labels are there. The published split is Tr (train)
and Va (test).
"""

from pathlib import Path

from sambench.data.cases import Case
from sambench.data.datasets.dataset import Dataset, base_folder, matching, no_cases
from sambench.data.file_names import subfolder

#: First id of the MR part (the first MR case is amos_0507).
FIRST_MR_ID = 500

_SPLITS = {"Tr": "train", "Va": "test"}
_FILE = r"(amos_\d+)\.nii(?:\.gz)?"


def find_cases(root: Path) -> list[Case]:
    """List the labelled cases, groups ``ct`` and ``mr``.

    Parameters
    ----------
    root : Path
        Folder of ``imagesTr``, or the one above it.

    Raises
    ------
    InputError
        If there is no labelled case.
    """
    root = Path(root)
    base = base_folder(
        root, lambda folder: bool(matching(subfolder(folder, "labelsTr"), _FILE))
    )
    cases = []
    for part in _SPLITS:
        cases.extend(_part_cases(root, base or root, part))
    if not cases:
        pattern = "imagesTr/amos_XXXX.nii.gz with labelsTr/amos_XXXX.nii.gz"
        raise no_cases("amos22", base or root, pattern)
    return sorted(cases)


def _part_cases(root: Path, base: Path, part: str) -> list[Case]:
    images = matching(subfolder(base, f"images{part}"), _FILE)
    masks = matching(subfolder(base, f"labels{part}"), _FILE)
    if not masks:
        return []
    cases = []
    for name in images.keys() | masks.keys():
        image = images.get(name, base / f"images{part}" / f"{name}.nii.gz")
        mask = masks.get(name, base / f"labels{part}" / f"{name}.nii.gz")
        number = int(name.split("_")[1])
        cases.append(
            Case(
                case=name,
                group="ct" if number < FIRST_MR_ID else "mr",
                patient=name,
                split=_SPLITS[part],
                image=image.relative_to(root).as_posix(),
                mask=mask.relative_to(root).as_posix(),
            )
        )
    return cases


DATASET = Dataset(
    id="amos22",
    kind="volume",
    labels=frozenset(range(16)),
    find_cases=find_cases,
    canonical=True,
)
