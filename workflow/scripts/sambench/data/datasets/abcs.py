"""ABCs: brain MR with cerebellum and ventricles; a folder with a list of cases.

The file names and label values of this challenge are not known to us. The user writes
masks with 1 ventricles and 2 cerebellum, and ``cases.csv`` beside the files with
columns case, patient, split (train, test or empty), group (``t1`` or ``t2``), image,
mask. The paths are relative to the list; a mask may serve several groups.
"""

from pathlib import Path, PurePosixPath

from sambench.data.cases import Case
from sambench.data.csv_list import read_csv_list
from sambench.data.datasets.dataset import Dataset, base_folder, no_cases
from sambench.errors import InputError

LIST = "cases.csv"
COLUMNS = ("case", "patient", "split", "group", "image", "mask")


def find_cases(root: Path) -> list[Case]:
    """List the rows of ``cases.csv``.

    Raises
    ------
    InputError
        If there is no list, it lacks a column, or a row names a path outside or an
        unknown split.
    """
    root = Path(root)
    base = base_folder(root, lambda folder: (folder / LIST).is_file())
    if not (base / LIST).is_file():
        raise no_cases("abcs", root, f"named in {LIST} ({', '.join(COLUMNS)})")
    rows = read_csv_list(base / LIST, COLUMNS)
    if not rows:
        raise InputError(
            where=base / LIST,
            found="no row",
            expected=f"a row per case with {', '.join(COLUMNS)}",
            remedy="Complete the list",
        )
    above = PurePosixPath(base.relative_to(root).as_posix())
    return sorted(_case(row, above, base / LIST) for row in rows)


def _case(row: dict[str, str], above: PurePosixPath, where: Path) -> Case:
    empty = [key for key in ("case", "group", "image", "mask") if not row[key]]
    if empty:
        raise InputError(
            where=where,
            found=f"a row of case '{row['case']}' without {', '.join(empty)}",
            expected=f"values of {', '.join(COLUMNS)}",
            remedy="Complete the row, or remove it",
        )
    # Lists that Windows wrote have its slashes.
    slashed = (row[key].replace("\\", "/") for key in ("image", "mask"))
    paths = [PurePosixPath(path) for path in slashed]
    outside = any(path.is_absolute() or ".." in path.parts for path in paths)
    if outside or row["split"] not in ("train", "test", "") or "/" in row["case"]:
        raise InputError(
            where=where,
            found=f"case '{row['case']}', split '{row['split']}', files {paths[0]} and "
            f"{paths[1]}",
            expected="a plain name, split train, test or empty, paths below the list",
            remedy="Correct the row",
        )
    image, mask = ((above / path).as_posix() for path in paths)
    case, patient = row["case"], row["patient"] or row["case"]
    return Case(case, row["group"], patient, row["split"], image, mask)


DATASET = Dataset("abcs", "volume", frozenset(range(3)), find_cases, canonical=True)
