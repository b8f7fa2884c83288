"""List files by name: junk is skipped, and two files of one name are told."""

import os
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath

from sambench.errors import InputError, first_few

#: Size in bytes and time of the last change in ns.
Stamp = tuple[int, int]

_SHOWN = 8
_TWO_LETTERS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"}
)
_JUNK = {"__MACOSX", "Thumbs.db", "desktop.ini"}
_JUNK |= {"lost+found", "$RECYCLE.BIN", "System Volume Information"}  # of whole disks


def is_junk(path: str | PurePosixPath) -> bool:
    """Return whether what lies at a relative path is hidden or left by a system.

    AppleDouble files (``._name``) matter most: they end in ``.nii.gz`` like the image
    beside them, and the archives of the Medical Segmentation Decathlon hold one each.
    """
    parts = PurePosixPath(path).parts
    return any(name in _JUNK or name[0] == "." for name in parts)


def entries(folder: Path) -> list[Path]:
    """List a folder without junk, sorted; empty if it does not exist."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if not is_junk(path.name))


def name_key(name: str) -> str:
    """Return what two names have in common that look the same.

    Systems write accents in two ways, and take upper and lower case for one or not.
    """
    return unicodedata.normalize("NFC", name).casefold()


def without_accents(text: str) -> str:
    """Return a text such as Muenchen for München, and Sao for São."""
    text = unicodedata.normalize("NFC", text).translate(_TWO_LETTERS)
    letters = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def alike(path: Path) -> list[str]:
    """List names beside a missing file that differ by case, accents or suffix alone."""

    def stem(name: str) -> str:
        return name_key(name).partition(".")[0]

    return [p.name for p in entries(path.parent) if stem(p.name) == stem(path.name)]


def one_each(folder: Path, found: Iterable[tuple[str, Path]]) -> dict[str, Path]:
    """Map names to files, each to one.

    Names that differ only by case or by Unicode form are one; links to one file are one
    file.

    Raises
    ------
    InputError
        If there are two files of a name: every such pair is listed.
    """
    names: dict[str, str] = {}
    files: dict[str, Path] = {}
    twice = []
    for name, path in found:
        known = names.setdefault(name_key(name), name)
        first = files.setdefault(known, path)
        if first != path and first.resolve() != path.resolve():
            twice.append(f"{_below(first, folder)} and {_below(path, folder)}")
    if twice:
        raise InputError(
            where=folder,
            found=f"two files of one case: {first_few(twice, _SHOWN)}",
            expected="one file of each name in the data set",
            remedy="Keep one copy, or name the folder that holds it as the path",
        )
    return files


def files_below(root: Path) -> list[Path]:
    """List the files at any depth below a folder, sorted, links to nowhere included."""
    names = sorted(name.split("/") for name, _ in _walk(Path(root)))
    return [Path(root, *parts) for parts in names]


def list_files(root: Path) -> dict[str, Stamp]:
    """List every file below a folder without opening one.

    Returns
    -------
    dict
        Path relative to `root`, with forward slashes, to its `Stamp`; sorted. A root
        that is a file is listed under its name; it may be absent.
    """
    root = Path(root)
    if root.is_file():
        return {root.name: _stamp(root.stat())}
    found = {}
    for name, entry in _walk(root):
        with suppress(FileNotFoundError):  # a link that leads nowhere
            found[name] = _stamp(entry.stat())
    return dict(sorted(found.items()))


def _walk(root: Path) -> Iterator[tuple[str, os.DirEntry]]:
    """Yield the files below a folder by their paths in it, without junk.

    Links to folders are followed, but not in a circle; what is hidden, such as the
    snapshots of file servers, is left alone.
    """
    waiting: list[tuple[Path, str, tuple]] = [(root, "", ())]
    while waiting:
        folder, prefix, above = waiting.pop()
        try:
            if not folder.is_dir():
                continue
            status, found = folder.stat(), list(os.scandir(folder))
        except PermissionError as error:
            raise InputError(
                where=folder,
                found="a folder that cannot be read",
                expected="permission to list its files",
                remedy="Ask its owner for permission",
            ) from error
        place = (status.st_dev, status.st_ino)
        if place in above:
            continue
        for entry in found:
            if is_junk(entry.name):
                continue
            if not entry.is_dir():
                yield prefix + entry.name, entry
            else:
                below = f"{prefix}{entry.name}/"
                waiting.append((Path(entry.path), below, (*above, place)))


def _stamp(status: os.stat_result) -> Stamp:
    return status.st_size, status.st_mtime_ns


def _below(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()
