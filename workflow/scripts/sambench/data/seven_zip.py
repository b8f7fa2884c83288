"""Unpack 7z archives, which hold their files in one stream that has to be pushed."""

import stat
from pathlib import Path
from typing import BinaryIO

import py7zr
from py7zr.exceptions import (
    ArchiveError,
    CrcError,
    PasswordRequired,
    UnsupportedCompressionMethodError,
)
from py7zr.io import NullIO, Py7zIO, WriterFactory

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
            names = [_checked(entry, archive) for entry in opened.files]
            writers = _Files(archive, folder, quota)
            try:
                opened.extractall(factory=writers)
            finally:
                writers.close()
            return sum(name is not None for name in names)
    except PasswordRequired as error:
        raise Unsupported("a password protects it") from error
    except UnsupportedCompressionMethodError as error:
        raise Unsupported(f"its compression method ({error})") from error
    except _BROKEN as error:
        if isinstance(error, InputError):
            raise
        raise EOFError(f"{type(error).__name__}: {error}") from error


def _checked(entry: py7zr.py7zr.ArchiveFile, archive: Path) -> object | None:
    path = safe_name(entry.filename, archive)
    mode = entry.posix_mode
    linked = mode is not None and stat.S_IFMT(mode) == stat.S_IFLNK
    if entry.is_symlink or entry.is_junction or linked:
        raise refuse(archive, entry.filename, "a link")
    if entry.is_socket:
        raise refuse(archive, entry.filename, "a device or pipe")
    return None if entry.is_directory else path


class _Files(WriterFactory):
    """Opens the file of each entry when its bytes arrive."""

    def __init__(self, archive: Path, folder: Path, quota: Quota):
        self._archive, self._folder, self._quota = archive, folder, quota
        self._last: _File | None = None

    def create(self, filename: str) -> Py7zIO:
        self.close()
        path = safe_name(filename, self._archive)
        if path is None:
            return NullIO()
        self._last = _File(self._folder / path, self._quota, self._archive)
        return self._last

    def close(self) -> None:
        if self._last is not None:
            self._last.close()


class _File(Py7zIO):
    def __init__(self, path: Path, quota: Quota, archive: Path):
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file: BinaryIO = path.open("wb")
        self._quota, self._archive, self._size = quota, archive, 0

    def write(self, s: bytes | bytearray) -> int:
        self._quota.take(len(s), self._archive)
        self._size += len(s)
        return self._file.write(s)

    def read(self, size: int | None = None) -> bytes:
        return b""

    def seek(self, offset: int, whence: int = 0) -> int:
        return 0

    def seekable(self) -> bool:
        return False

    def flush(self) -> None:
        if not self._file.closed:
            self._file.flush()

    def size(self) -> int:
        return self._size

    def close(self) -> None:
        self._file.close()
