"""What a layout is, and how layouts look for files."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sambench.data.cases import Case
from sambench.data.junk import is_junk
from sambench.errors import InputError

if TYPE_CHECKING:  # it imports this module
    from sambench.data.pairs import CasePair

_SHOWN = 8


@dataclass(frozen=True)
class Layout:
    """How the files of one data set are laid out.

    Parameters
    ----------
    dataset : str
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
        Whether images are brought to the grid of their mask, linearly, where the two
        differ by design.
    options : tuple of str
        Names of the keyword arguments that `find_cases` takes.
    check_mask : callable or None
        A check of which value of a mask lies inside which: takes an array
        ``(Z, Y, X)`` or ``(H, W)``, returns "found ..., expected ..." or None.
    polarity : str
        What `check_mask` expects, in words.
    combine_masks : callable or None
        Makes one mask of those of several raters: ``(raters, H, W)`` to ``(H, W)``.
    empty_masks : bool
        Whether a mask may be without any structure.
    read : callable or None
        Reads a case in place of the readers of `sambench.data.pairs`: ``read(case,
        root)``.
    """

    dataset: str
    kind: str
    labels: frozenset[int]
    find_cases: Callable[..., list[Case]]
    canonical: bool = False
    resample: bool = False
    options: tuple[str, ...] = ()
    check_mask: Callable[[np.ndarray], str | None] | None = None
    polarity: str = ""
    combine_masks: Callable[[np.ndarray], np.ndarray] | None = None
    empty_masks: bool = False
    read: "Callable[[Case, Path], CasePair] | None" = None


def entries(folder: Path) -> list[Path]:
    """List a folder without junk, sorted; empty if it does not exist."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if not is_junk(path.name))


def matching(folder: Path, pattern: str) -> dict[str, Path]:
    """Map the first group of `pattern` to the file, for files whose name matches.

    Parameters
    ----------
    folder : Path
        Searched without its subfolders; it need not exist.
    pattern : str
        Regular expression of the whole name, case-insensitive, with one group.
    """
    compiled = re.compile(pattern, re.IGNORECASE)
    found = ((compiled.fullmatch(path.name), path) for path in entries(folder))
    return {match[1]: path for match, path in found if match and path.is_file()}


def base_folder(
    root: Path, holds: Callable[[Path], bool], depth: int = 2
) -> Path | None:
    """Find the folder that holds the data: the root or one a few levels below.

    Archives of one data set are found with and without their top folder.

    Parameters
    ----------
    root : Path
        Where the search starts.
    holds : callable
        Tells of a folder whether it is the one.
    depth : int
        How many levels below the root are searched, nearest first.
    """
    level = [Path(root)]
    for _ in range(depth + 1):
        for folder in level:
            if holds(folder):
                return folder
        level = [
            child
            for folder in level
            for child in entries(folder)
            if child.is_dir() and not child.name.startswith(".")
        ]
    return None


def no_cases(dataset: str, folder: Path, pattern: str) -> InputError:
    """Describe a folder in which a layout found nothing.

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
    return InputError(
        where=folder,
        found=f"no case of {dataset}; the folder holds {shown}{more}",
        expected=f"files {pattern}",
        remedy="Give the folder or archive in the layout of the public download",
    )
