"""MedSAM v0, test slices of 21 3D tasks as released: the set that DB-SAM is tested on.

Layout: ``[Test/]NN-<name>/<case>.npz`` with ``imgs`` ``(N, 256, 256, 3)`` uint8 and
``gts`` ``(N, 256, 256)``. The group is the task's number, ``task01`` to ``task21``:
only four of the folders' names are known. Folder 22 holds 2D images and is left alone.
Original case names, spacing and skipped slices are lost.
"""

import re
from pathlib import Path

from sambench.data.cases import Case
from sambench.data.datasets.dataset import Dataset, base_folder, no_cases
from sambench.data.file_names import entries

N_TASKS = 21

_FOLDER = re.compile(r"(\d\d)-.+")


def find_cases(root: Path) -> list[Case]:
    """List the cases of every 3D task, split ``test``."""
    root = Path(root)
    base = base_folder(root, lambda folder: bool(_tasks(folder)))
    cases = []
    for number, folder in _tasks(base):
        group = f"task{number:02d}"
        for path in entries(folder):
            if path.suffix == ".npz":
                case, file = f"{group}_{path.stem}", path.relative_to(root).as_posix()
                cases.append(Case(case, group, case, "test", file, file))
    if not cases:
        raise no_cases("medsam_v0", base, "Test/NN-<task>/<case>.npz")
    return sorted(cases)


def _tasks(folder: Path) -> list[tuple[int, Path]]:
    found = []
    for path in entries(folder):
        match = _FOLDER.fullmatch(path.name)
        if match and path.is_dir() and 1 <= int(match[1]) <= N_TASKS:
            found.append((int(match[1]), path))
    return found


DATASET = Dataset("medsam_v0", "volume", frozenset({0, 1}), find_cases)
