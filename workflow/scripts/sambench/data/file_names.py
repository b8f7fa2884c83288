"""List files by name: junk is skipped, and two files of one name are told."""

import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from sambench.errors import InputError

_SHOWN = 8
_JUNK = {"__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini"}


def is_junk(path: str | PurePosixPath) -> bool:
    """Return whether desktop systems left what lies at a relative path.

    AppleDouble files (``._name``) matter most: they end in ``.nii.gz`` like the image
    beside them, and the archives of the Medical Segmentation Decathlon hold one each.
    """
    parts = PurePosixPath(path).parts
    return any(name in _JUNK or name.startswith("._") for name in parts)


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


def subfolder(folder: Path, name: str) -> Path:
    """Return a folder by its name, or one whose name looks the same."""
    exact = folder / name
    if exact.is_dir():
        return exact
    alike = (path for path in entries(folder) if name_key(path.name) == name_key(name))
    return next((path for path in alike if path.is_dir()), exact)


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
        more = f", and {len(twice) - _SHOWN} more" * (len(twice) > _SHOWN)
        raise InputError(
            where=folder,
            found=f"two files of one case: {', '.join(twice[:_SHOWN])}{more}",
            expected="one file of each name in the data set",
            remedy="Keep one copy, or name the folder that holds it as the path",
        )
    return files


def files_below(root: Path) -> Iterator[Path]:
    """List the files at any depth below a folder, sorted, without junk.

    Links to folders are followed, but not in a circle; hidden folders, such as the
    snapshots of file servers, are left alone.
    """
    yield from _files_below(Path(root), ())


def _files_below(folder: Path, above: tuple[Path, ...]) -> Iterator[Path]:
    real = folder.resolve()
    if real in above:
        return
    for path in entries(folder):
        if path.is_dir():
            if not path.name.startswith("."):
                yield from _files_below(path, (*above, real))
        elif path.is_file() or path.is_symlink():  # to nowhere: that is told later
            yield path


def _below(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()
