"""Pair images with masks that lie anywhere below a folder."""

import re
from collections.abc import Iterable
from pathlib import Path

from sambench.data.cases import Case
from sambench.data.file_names import files_below, name_key, one_each


def found_below(root: Path, pattern: str) -> dict[str, Path]:
    """Map the first group of `pattern` to the file, at any depth below a folder.

    Several archives are unpacked beside each other, some with a top folder of their
    own: only names are sure.

    Parameters
    ----------
    root : Path
        Searched with its subfolders; it need not exist.
    pattern : str
        Regular expression of the whole path relative to `root`, with forward slashes,
        case-insensitive, with one group.

    Raises
    ------
    InputError
        If two files are of one name.
    """
    compiled = re.compile(pattern, re.IGNORECASE)
    root = Path(root)
    found = (
        (compiled.fullmatch(path.relative_to(root).as_posix()), path)
        for path in files_below(root)
    )
    return one_each(root, [(match[1], path) for match, path in found if match])


class FoundCases(list[Case]):
    """Cases, sorted, and the names of images that have no mask.

    Attributes
    ----------
    left_out : list of str
        Sorted.
    """

    def __init__(self, cases: Iterable[Case], left_out: Iterable[str] = ()):
        super().__init__(sorted(cases))
        self.left_out = sorted(left_out)


def paired(
    root: Path,
    names: Iterable[str],
    images: dict[str, Path],
    masks: dict[str, Path],
    expected: tuple[str, str],
    group: str,
    split: str = "",
) -> FoundCases:
    """Make a case of each name, even if a file is missing.

    Parameters
    ----------
    root : Path
        To which the paths of the cases are relative.
    names : iterable of str
        Cases, each its own patient.
    images, masks : dict
        Name to file.
    expected : tuple of str
        Paths of image and mask relative to `root`, with ``{name}``, for the report on
        a missing file.
    group, split : str
        Group and split of every case.
    """
    files = {name_key(name): path for name, path in images.items()}
    cases = [
        Case(
            case=name,
            group=group,
            patient=name,
            split=split,
            image=_relative(root, files.get(name_key(name)), expected[0], name),
            mask=_relative(root, masks.get(name), expected[1], name),
        )
        for name in names
    ]
    masked = {name_key(name) for name in masks}
    return FoundCases(cases, (n for n in images if name_key(n) not in masked))


def _relative(root: Path, path: Path | None, expected: str, name: str) -> str:
    if path is None:
        return expected.format(name=name)
    return path.relative_to(root).as_posix()
