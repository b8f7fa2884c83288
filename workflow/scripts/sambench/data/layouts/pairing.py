"""Pair images with masks that lie anywhere below a folder."""

import re
from collections.abc import Iterable
from pathlib import Path

from sambench.data.cases import Case
from sambench.data.junk import is_junk


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
    """
    compiled = re.compile(pattern, re.IGNORECASE)
    found = {}
    for path in sorted(Path(root).rglob("*")):
        name = path.relative_to(root).as_posix()
        match = compiled.fullmatch(name)
        if match and not is_junk(name) and path.is_file():
            found.setdefault(match[1], path)
    return found


def paired(
    root: Path,
    names: Iterable[str],
    images: dict[str, Path],
    masks: dict[str, Path],
    expected: tuple[str, str],
    group: str,
    split: str = "",
) -> list[Case]:
    """Make a case of each name, also where a file is missing.

    Parameters
    ----------
    root : Path
        To which the paths of the cases are relative.
    names : iterable of str
        Cases, each a patient of its own.
    images, masks : dict
        Name to file.
    expected : tuple of str
        Paths of image and mask relative to `root`, with ``{name}``, for the report on
        a missing file.
    group, split : str
        Of every case.
    """
    return sorted(
        Case(
            case=name,
            group=group,
            patient=name,
            split=split,
            image=_relative(root, images.get(name), expected[0], name),
            mask=_relative(root, masks.get(name), expected[1], name),
        )
        for name in names
    )


def _relative(root: Path, path: Path | None, expected: str, name: str) -> str:
    if path is None:
        return expected.format(name=name)
    return path.relative_to(root).as_posix()
