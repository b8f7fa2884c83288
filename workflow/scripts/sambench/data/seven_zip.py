"""Unpack 7z archives by py7zr, after each entry has been checked."""

import stat
from pathlib import Path

import py7zr
from py7zr.exceptions import (
    ArchiveError,
    CrcError,
    PasswordRequired,
    UnsupportedCompressionMethodError,
)

from sambench.data.archive_members import Quota, refuse, safe_name
from sambench.errors import InputError, Unsupported

_BROKEN = (
    ArchiveError,
    CrcError,
    # What py7zr lets through for headers that make no sense.
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AssertionError,
)


def extract_7z(archive: Path, folder: Path, quota: Quota) -> int:
    """Write the files of a 7z archive into a folder.

    Returns
    -------
    int
        Number of files.

    Raises
    ------
    InputError
        If an entry is a link or would be written outside the folder, or `quota` is
        exceeded.
    EOFError
        If the archive is damaged.
    Unsupported
        If it needs a password, or another program.
    """
    try:
        # A file object keeps py7zr from starting threads, whose errors get lost.
        with archive.open("rb") as stream, py7zr.SevenZipFile(stream) as opened:
            files = [entry for entry in opened.files if _is_wanted(entry, archive)]
            # py7zr writes as many bytes of an entry as its header announces.
            quota.take(sum(entry.uncompressed for entry in files), archive)
            opened.extract(folder, [entry.filename for entry in files])
            return len(files)
    except PasswordRequired as error:
        raise Unsupported("a password protects it") from error
    except UnsupportedCompressionMethodError as error:
        raise Unsupported(f"its compression method ({error})") from error
    except _BROKEN as error:
        if isinstance(error, InputError):
            raise
        raise EOFError(f"{type(error).__name__}: {error}") from error


def _is_wanted(entry: py7zr.py7zr.ArchiveFile, archive: Path) -> bool:
    path = safe_name(entry.filename, archive)
    mode = entry.posix_mode
    linked = mode is not None and stat.S_IFMT(mode) == stat.S_IFLNK
    if entry.is_symlink or entry.is_junction or linked:
        raise refuse(archive, entry.filename, "a link")
    if entry.is_socket:
        raise refuse(archive, entry.filename, "a device or pipe")
    return path is not None and not entry.is_directory
