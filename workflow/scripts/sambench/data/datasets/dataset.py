"""What a data set is to the code, and how its files are found."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sambench.data.cases import Case
from sambench.data.file_names import entries, files_below, one_each
from sambench.errors import InputError

if TYPE_CHECKING:  # it imports this module
    import numpy as np

    from sambench.data.pairs import CasePair

_SHOWN = 8
_SHOWN_BELOW = 3
_ARCHIVES = {".zip", ".7z", ".tar", ".tgz", ".rar"}


@dataclass(frozen=True)
class Dataset:
    """How the files of one data set are laid out.

    Parameters
    ----------
    id : str
        Id of the data set.
    kind : str
        ``volume`` or ``photo``.
    labels : frozenset of int
        Every value that a mask may hold.
    find_cases : callable
        ``find_cases(root, **options) -> list[Case]``, sorted. It pairs files by name
        and opens no image; an image or mask that ought to be there is listed whether
        it exists or not, so that the inventory reports all that are missing at once.
    canonical : bool
        Whether volumes are turned to the closest RAS orientation before slicing,
        because their headers differ in orientation.
    resample : bool
        Whether images are brought to the grid of their mask, linearly, if the two
        differ by design.
    film : bool
        Whether the channel of a case is a frame, of its mask too; otherwise masks have
        no channels.
    options : tuple of str
        Names of the keyword arguments that `find_cases` takes.
    check_mask : callable or None
        A check of which value of a mask lies inside which: takes an array
        ``(Z, Y, X)`` or ``(H, W)``, returns "found ..., expected ..." or None.
    polarity : str
        What `check_mask` expects, in words.
    combine_masks : callable or None
        Makes one mask of those of several raters: ``(raters, H, W)`` to ``(H, W)``.
    channels : int
        Number of channels of an image of a volume, 1 or 3; photographs have 3 colours
        in any case.
    empty_masks : bool
        Whether a mask may be without any structure.
    read : callable or None
        Reads a case in place of the readers of `sambench.data.pairs`: ``read(case,
        root)``.
    """

    id: str
    kind: str
    labels: frozenset[int]
    find_cases: Callable[..., list[Case]]
    canonical: bool = False
    resample: bool = False
    film: bool = False
    options: tuple[str, ...] = ()
    check_mask: Callable[[np.ndarray], str | None] | None = None
    polarity: str = ""
    combine_masks: Callable[[np.ndarray], np.ndarray] | None = None
    channels: int = 1
    empty_masks: bool = False
    read: Callable[[Case, Path], CasePair] | None = None


def matching(folder: Path, pattern: str) -> dict[str, Path]:
    """Map the first group of `pattern` to the file, for files whose name matches.

    Parameters
    ----------
    folder : Path
        Searched without its subfolders; it need not exist. A subfolder whose name
        matches and that holds one file, as some programs unpack, counts as that file.
    pattern : str
        Regular expression of the whole name, case-insensitive, with one group.

    Raises
    ------
    InputError
        If two files are of one name.
    """
    compiled = re.compile(pattern, re.IGNORECASE)
    found = ((compiled.fullmatch(path.name), _file(path)) for path in entries(folder))
    return one_each(
        folder, [(match[1], path) for match, path in found if match and path]
    )


def _file(path: Path) -> Path | None:
    """Return a file, or the single one in a folder."""
    if path.is_dir():
        inside = entries(path)
        return inside[0] if len(inside) == 1 and inside[0].is_file() else None
    return path if path.is_file() or path.is_symlink() else None


def base_folder(
    root: Path, holds: Callable[[Path], bool], depth: int = 2
) -> Path | None:
    """Find the folder that holds the data: the root or one a few levels below.

    Archives of one data set are found with and without their top folder. Two folders of
    one level that hold data are two copies, or two parts: neither is chosen.

    Parameters
    ----------
    root : Path
        Where the search starts.
    holds : callable
        Tells of a folder whether it is the one.
    depth : int
        How many levels below the root are searched, nearest first.

    Raises
    ------
    InputError
        If there are several.
    """
    level = [Path(root)]
    for _ in range(depth + 1):
        found = [folder for folder in level if holds(folder)]
        if any(not folder.samefile(found[0]) for folder in found[1:]):
            names = [folder.relative_to(root).as_posix() for folder in found]
            raise InputError(
                where=root,
                found=f"the data set in {len(found)} folders: {', '.join(names)}",
                expected="one copy, with all its parts in one folder",
                remedy="Name the folder of one copy as the path, or put parts together",
            )
        if found:
            return found[0]
        level = [
            child
            for folder in level
            for child in entries(folder)
            if child.is_dir() and not child.name.startswith(".")
        ]
    return None


def no_cases(dataset: str, folder: Path, pattern: str) -> InputError:
    """Describe a folder in which no case was found.

    Parameters
    ----------
    dataset : str
        Id of the data set.
    folder : Path
        Where the files were expected.
    pattern : str
        The files expected, relative to `folder`.
    """
    names = [path.name + "/" * path.is_dir() for path in entries(folder)]
    shown = ", ".join(names[:_SHOWN]) or "nothing"
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    below, archive = _first_below(folder)
    if below:
        more += f" (with {below})"
    remedy = "Give the folder or archive in the layout of the public download"
    if archive:
        remedy = f"Unpack {archive}, which is in it, and name the folder as the path"
    return InputError(
        where=folder,
        found=f"no case of {dataset}; the folder holds {shown}{more}",
        expected=f"files {pattern}",
        remedy=remedy,
    )


def _first_below(folder: Path) -> tuple[str, str]:
    """Return the first files in subfolders, and the first archive, by path."""
    files, archive = [], ""
    for path in files_below(folder):
        name = path.relative_to(folder).as_posix()
        if not archive and path.suffix.lower() in _ARCHIVES:
            archive = name
        if "/" in name and len(files) < _SHOWN_BELOW:
            files.append(name)
    if archive and "/" in archive and archive not in files:
        files.append(archive)
    return ", ".join(files), archive
