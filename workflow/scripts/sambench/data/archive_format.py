"""Recognise what kind of archive a file is, or that it is a web page instead."""

import re
from pathlib import Path

from sambench.errors import InputError

_TAR_SUFFIXES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")
_BY_SUFFIX = {".zip": "zip", **dict.fromkeys(_TAR_SUFFIXES, "tar"), ".7z": "7z"}
SUFFIXES = tuple(_BY_SUFFIX)

#: What to do about a file that is not what its name says.
FETCH_AGAIN = "Delete the file and download or copy it again"

#: What to do about an archive that is sound, so that another copy would be the same.
UNPACK = (
    "The file is not damaged: unpack it with 7-Zip, unzip or a like program, and name "
    "the folder as the path"
)

#: Mark of a kind of archive, and where in the file it is.
_MARKS = {
    b"PK\x03\x04": ("zip", 0),
    b"PK\x05\x06": ("zip", 0),
    b"7z\xbc\xaf\x27\x1c": ("7z", 0),
    b"\x1f\x8b": ("tar", 0),
    b"BZh": ("tar", 0),
    b"\xfd7zXZ\x00": ("tar", 0),
    b"ustar": ("tar", 257),
}
_OTHERS = {
    b"Rar!": "a RAR archive",
    b"\x28\xb5\x2f\xfd": "a file compressed by Zstandard",
    b"\x04\x22\x4d\x18": "a file compressed by LZ4",
    b"MZ": "a program, perhaps an archive that unpacks itself",
    b"PK\x07\x08": "the first part of a zip archive in several parts",
}
_PART = re.compile(r".*\.(?:z?\d{2,3}|part\d+\.\w+)")


def archive_kind(archive: Path) -> str:
    """Recognise ``zip``, ``tar`` (compressed or not) or ``7z``.

    The first bytes tell, or else the name, of which a ``.part`` at the end is ignored.

    Raises
    ------
    InputError
        If the file is missing, empty, a web page, or of an unknown format.
    """
    if not archive.is_file():
        raise InputError(
            where=archive,
            found="no such file",
            expected="a zip, tar or 7z archive",
            remedy="Correct the path",
        )
    with archive.open("rb") as stream:
        start = stream.read(512)
    _check_format(archive, start)
    for mark, (kind, offset) in _MARKS.items():
        if start.startswith(mark, offset):
            return kind
    kind = _kind_by_name(archive)
    _check_text(archive, kind, start)
    return kind


def _check_format(archive: Path, start: bytes) -> None:
    found = next((w for mark, w in _OTHERS.items() if start.startswith(mark)), None)
    if _PART.fullmatch(archive.name.lower()):
        found = "one part of an archive in several parts"
    if found:
        raise InputError(
            where=archive,
            found=f"{found}, which is not supported",
            expected="a whole zip, tar or 7z archive",
            remedy=UNPACK,
        )


def _kind_by_name(archive: Path) -> str:
    name = archive.name.lower().removesuffix(".part")
    for suffix, kind in _BY_SUFFIX.items():
        if name.endswith(suffix):
            return kind
    raise InputError(
        where=archive,
        found=f"unknown suffix '{archive.suffix}'",
        expected=f"one of {', '.join(SUFFIXES)}, or a folder",
        remedy="Name the archive after its format, or unpack it and name the folder",
    )


def _check_text(archive: Path, kind: str, start: bytes) -> None:
    if not start:
        found = "an empty file"
    elif looks_like_html(start):
        found = "a web page (HTML) under an archive's name"
    else:
        return
    raise InputError(
        where=archive,
        found=found,
        expected=f"a {kind} archive",
        remedy=f"{FETCH_AGAIN}; a login, a quota or an error page may have been saved",
    )


def looks_like_html(start: bytes) -> bool:
    """Return whether the first bytes of a file are those of a web page."""
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return text.startswith((b"<!doctype", b"<html", b"<?xml", b"<head", b"<!--"))
