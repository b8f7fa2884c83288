"""Medical Segmentation Decathlon: tasks 3, 5, 7, 8 and 10, those that are there.

Layout: ``[TaskNN_Name/]imagesTr/<name>_NN.nii.gz`` with ``labelsTr/<name>_NN.nii.gz``.
Task05_Prostate is 4D, channel 0 T2 and channel 1 ADC, labels 1 PZ, 2 TZ: each channel
is a group, so that a patient is a case in both, under one name. The others are CT:
liver and pancreas (1 organ, 2 tumour), hepaticvessel (1 vessel, 2 tumour), colon (1
tumour).
``imagesTs`` has no labels and is left alone.
"""

from pathlib import Path

from sambench.data.cases import Case
from sambench.data.datasets.dataset import Dataset, entries, matching, no_cases
from sambench.data.file_names import subfolder

#: Stem of the file names to group and channel of the image.
GROUPS: dict[str, dict[str, int | None]] = {
    "prostate": {"prostate_t2": 0, "prostate_adc": 1},
    "liver": {"liver_ct": None},
    "pancreas": {"pancreas_ct": None},
    "hepaticvessel": {"hepaticvessel_ct": None},
    "colon": {"colon_ct": None},
}

_FILE = rf"((?:{'|'.join(GROUPS)})_\d+)\.nii(?:\.gz)?"
_DEPTH = 2


def find_cases(root: Path) -> list[Case]:
    """List every labelled patient, those of the prostate once per channel.

    Parameters
    ----------
    root : Path
        Folder of ``imagesTr``, or up to two above one or several of them.

    Raises
    ------
    InputError
        If there is no case.
    """
    root = Path(root)
    folders = _task_folders(root)
    cases = [case for folder in folders for case in _task_cases(root, folder)]
    if not cases:
        pattern = "imagesTr/prostate_NN.nii.gz with labelsTr/prostate_NN.nii.gz"
        raise no_cases("msd", folders[0] if folders else root, pattern)
    return sorted(cases)


def _task_folders(root: Path) -> list[Path]:
    level, found = [root], []
    for _ in range(_DEPTH + 1):
        found += [
            path for path in level if matching(subfolder(path, "imagesTr"), _FILE)
        ]
        level = [
            child
            for path in level
            if path not in found
            for child in entries(path)
            if child.is_dir() and not child.name.startswith(".")
        ]
    return found


def _task_cases(root: Path, folder: Path) -> list[Case]:
    images = matching(subfolder(folder, "imagesTr"), _FILE)
    masks = matching(subfolder(folder, "labelsTr"), _FILE)
    cases = []
    for name in images.keys() | masks.keys():
        image = images.get(name, folder / "imagesTr" / f"{name}.nii.gz")
        mask = masks.get(name, folder / "labelsTr" / f"{name}.nii.gz")
        for group, channel in GROUPS[name.split("_")[0].lower()].items():
            cases.append(
                Case(
                    case=name,
                    group=group,
                    patient=name,
                    split="",
                    image=image.relative_to(root).as_posix(),
                    mask=mask.relative_to(root).as_posix(),
                    channel=channel,
                )
            )
    return cases


DATASET = Dataset(
    id="msd",
    kind="volume",
    labels=frozenset({0, 1, 2}),
    find_cases=find_cases,
)
