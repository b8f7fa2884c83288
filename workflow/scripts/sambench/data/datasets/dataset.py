"""What a data set is to the code, and how its files are found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sambench.data.cases import Case
from sambench.data.file_names import entries, files_below
from sambench.errors import InputError, first_few, require_known

if TYPE_CHECKING:  # it imports this module
    import numpy as np

    from sambench.data.pairs import CasePair

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
        ``find_cases(root, **options) -> list[Case]``, sorted, below the folder of the
        data set or one or two above it. It pairs files by name and opens no image; an
        image or mask that ought to be there is listed whether it exists or not, so
        that the inventory reports all that are missing at once. It raises an
        `InputError` if there is no case.
    canonical : bool
        Whether volumes are turned to the closest RAS orientation before slicing,
        because their headers differ in orientation.
    resample : bool
        Whether images are brought to the grid of their mask, linearly, if the two
        differ by design.
    film : bool
        Whether the channel of a case is a frame, of its mask too; otherwise masks have
        no channels.
    options : mapping
        Keyword arguments that `find_cases` takes, with the values that each may have,
        the default first.
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
    options: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    check_mask: Callable[[np.ndarray], str | None] | None = None
    polarity: str = ""
    combine_masks: Callable[[np.ndarray], np.ndarray] | None = None
    channels: int = 1
    empty_masks: bool = False
    read: Callable[[Case, Path], CasePair] | None = None

    def check_options(self, options: Mapping[str, Any], where: str) -> None:
        """Check that the data set takes some options, with these values.

        Raises
        ------
        InputError
            With the valid names, or values.
        """
        require_known(where, "option", options, self.options)
        for name, value in options.items():
            valid = self.options[name]
            # True equals 1, but is no number of a rater.
            if not any(value == v and type(value) is type(v) for v in valid):
                raise InputError(
                    where=f"{where}, option '{name}'",
                    found=repr(value),
                    expected=f"one of {', '.join(map(str, valid))}",
                    remedy="Correct the option",
                )


def base_folder(root: Path, holds: Callable[[Path], bool]) -> Path:
    """Find the folder that holds the data: one at most two levels below, or the root.

    Archives of one data set are found with and without their top folder. Two folders of
    one level that hold data are two copies, or two parts: neither is chosen.

    Raises
    ------
    InputError
        If there are several.
    """
    level = [root]
    for _ in range(3):
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
        below = (child for folder in level for child in entries(folder))
        level = [path for path in below if path.is_dir()]
    return root


def no_cases(dataset: str, folder: Path, pattern: str) -> InputError:
    """Describe a folder without a case; `pattern` says what files were expected."""
    names = [path.name + "/" * path.is_dir() for path in entries(folder)]
    shown = first_few(names, 8) or "nothing"
    inside, archive = _first_below(folder)
    if inside:
        shown += f" (with {inside})"
    remedy = "Give the folder or archive in the layout of the public download"
    if archive:
        remedy = f"Unpack {archive}, which is in it, and name the folder as the path"
    return InputError(
        where=folder,
        found=f"no case of {dataset}; the folder holds {shown}",
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
