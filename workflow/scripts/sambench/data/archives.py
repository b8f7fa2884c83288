"""Unpack an archive into a folder that appears whole or not at all.

An archive is not trusted: its names must stay inside the folder, links and device files
are refused, and the unpacked size has a limit.
"""

import errno
import logging
import lzma
import os
import shutil
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

from sambench.atomic import atomic_path
from sambench.data.archive_format import FETCH_AGAIN, UNPACK, archive_kind
from sambench.data.archive_members import Quota, tar_members, zip_members
from sambench.errors import InputError, Unsupported, count_of
from sambench.shortage import disk_full, is_full

logger = logging.getLogger(__name__)

#: Largest unpacked size by default; the largest set of the benchmarks stays below it.
MAX_UNPACKED_BYTES = 200 * 2**30

_CHUNK = 2**20
_UNSUPPORTED = (
    Unsupported,
    NotImplementedError,  # zipfile: patched data, strong encryption
    RuntimeError,  # zipfile: a password
)
#: Numbers of errors for which an archive is to blame: names that clash, or that no disk
#: takes; gzip and bz2 report damage without a number.
_OF_ENTRIES = (
    *(None, errno.EEXIST, errno.ENOTDIR, errno.EISDIR),
    *(errno.ENAMETOOLONG, errno.EINVAL),
)
_BROKEN = (
    EOFError,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    tarfile.TarError,
    UnicodeDecodeError,
    struct.error,
)


def unpack(archive: Path, folder: Path, max_bytes: int = MAX_UNPACKED_BYTES) -> None:
    """Unpack a zip, tar or 7z archive into a folder that appears when all is there.

    Raises
    ------
    InputError
        If the archive is missing, empty, no archive, damaged or of unknown type, holds
        a name outside the folder, a link or a device, is larger than `max_bytes`, or
        does not fit on the disk. Nothing is left behind.
    """
    unpack_all([(Path(archive), "")], folder, max_bytes)


def unpack_all(
    archives: Iterable[tuple[Path, str]],
    folder: Path,
    max_bytes: int = MAX_UNPACKED_BYTES,
    check: Callable[[Path], None] | None = None,
) -> None:
    """Unpack several archives into one folder that appears when all is there.

    Parameters
    ----------
    archives : iterable of (Path, str)
        Each archive, or folder of files, with the folder below `folder` where its
        content goes; ``""`` is `folder` itself.
    check : callable or None
        Looks at the unpacked content before it appears; what it raises is a failure.

    Raises
    ------
    InputError
        See `unpack`. Nothing is left behind.
    """
    quota = Quota(max_bytes)
    with atomic_path(folder) as unpacked:
        unpacked.mkdir()
        for archive, into in archives:
            if Path(archive).is_dir():
                place = unpacked / into
                shutil.copytree(archive, place, copy_function=_link, dirs_exist_ok=True)
            else:
                _extract(Path(archive), unpacked / into, quota)
        if check is not None:
            check(unpacked)


def _link(source: str, path: str) -> None:
    """Put a file into a folder without a copy, if possible."""
    _make_way(Path(path))
    try:
        os.link(source, path)
    except OSError:  # across file systems, or where links are not supported
        shutil.copy2(source, path)


def _make_way(path: Path) -> None:
    """Delete a file of that name: writing into it would change what it is a link of."""
    if path.is_file():
        path.unlink()


def _extract(archive: Path, folder: Path, quota: Quota) -> None:
    """Write the members of one archive into a folder."""
    kind = archive_kind(archive)
    before, n_files = quota.used, 0
    folder.mkdir(parents=True, exist_ok=True)
    try:
        if kind == "7z":
            from sambench.data.seven_zip import extract_7z

            n_files = extract_7z(archive, folder, quota)
        else:
            members = zip_members if kind == "zip" else tar_members
            for name, stream in members(archive):
                _write(stream, folder / name, quota, archive)
                n_files += 1
    except InputError:
        raise
    except _UNSUPPORTED as error:
        raise _unsupported(archive, kind, error) from error
    except _BROKEN as error:
        raise _damaged(archive, kind, error) from error
    except OSError as error:
        if is_full(error):
            written = f"{quota.used - before} bytes of {archive.name}"
            raise disk_full(folder, written, "the whole unpacked archive") from error
        if error.errno not in _OF_ENTRIES:
            raise
        raise _damaged(archive, kind, error) from error
    if n_files == 0:
        raise InputError(
            where=archive,
            found=f"a {kind} archive without a single file",
            expected="the files of a data set",
            remedy=FETCH_AGAIN,
        )
    n_bytes = quota.used - before
    files = count_of(n_files, "file")
    logger.info(f"unpacked {files}, {n_bytes} bytes, from {archive.name}")


def _damaged(archive: Path, kind: str, error: Exception) -> InputError:
    return InputError(
        where=archive,
        found=f"a truncated or damaged file ({error or type(error).__name__})",
        expected=f"a whole {kind} archive",
        remedy=FETCH_AGAIN,
    )


def _unsupported(archive: Path, kind: str, error: Exception) -> InputError:
    return InputError(
        where=archive,
        found=f"what is not supported: {error or type(error).__name__}",
        expected=f"a {kind} archive of the common kind, without a password",
        remedy=UNPACK,
    )


def _write(stream: BinaryIO, path: Path, quota: Quota, archive: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    _make_way(path)
    with path.open("wb") as out:
        while chunk := stream.read(_CHUNK):
            quota.take(len(chunk), archive)
            out.write(chunk)
