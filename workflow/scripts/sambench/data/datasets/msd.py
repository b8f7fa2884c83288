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
from sambench.data.datasets.dataset import Dataset, below, matching, no_cases
from sambench.data.datasets.pairing import NIFTI, pairs_in
from sambench.data.file_names import subfolder

#: Stem of the file names to group and channel of the image.
GROUPS: dict[str, dict[str, int | None]] = {
    "prostate": {"prostate_t2": 0, "prostate_adc": 1},
    "liver": {"liver_ct": None},
    "pancreas": {"pancreas_ct": None},
    "hepaticvessel": {"hepaticvessel_ct": None},
    "colon": {"colon_ct": None},
}

_FILE = rf"((?:{'|'.join(GROUPS)})_\d+){NIFTI}"
_DEPTH = 2


def find_cases(root: Path) -> list[Case]:
    """List every labelled patient, those of the prostate once per channel."""
    root = Path(root)
    folders = _task_folders(root)
    cases = []
    for folder in folders:
        names = ("imagesTr", "labelsTr")
        sides = [(subfolder(folder, name), _FILE, "{}.nii.gz") for name in names]
        for name, image, mask in pairs_in(root, *sides):
            for group, channel in GROUPS[name.split("_")[0].lower()].items():
                cases.append(Case(name, group, name, "", image, mask, channel))
    if not cases:
        pattern = "imagesTr/prostate_NN.nii.gz with labelsTr/prostate_NN.nii.gz"
        raise no_cases("msd", folders[0] if folders else root, pattern)
    return sorted(cases)


def _task_folders(root: Path) -> list[Path]:
    """List the folders above an ``imagesTr``, at most `_DEPTH` below the root."""
    level, found = [root], []
    for _ in range(_DEPTH + 1):
        found += [
            path for path in level if matching(subfolder(path, "imagesTr"), _FILE)
        ]
        level = below(path for path in level if path not in found)
    return found


DATASET = Dataset("msd", "volume", frozenset(range(3)), find_cases)
