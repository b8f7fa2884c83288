"""The files of an archive, after each entry has been checked: nobody trusts it."""

import contextlib
import gzip
import stat
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from sambench.data.file_names import is_junk
from sambench.errors import InputError, Unsupported

_CHUNK = 2**20
_ENCRYPTED = 1  # a bit of the flags of an entry
_METHODS = (
    zipfile.ZIP_STORED,
    zipfile.ZIP_DEFLATED,
    zipfile.ZIP_BZIP2,
    zipfile.ZIP_LZMA,
)
_REPACK = "Do not use this archive unless you trust it; pack its files again without it"


class Quota:
    """Counts the bytes written, up to a limit: small archives can hold huge files."""

    def __init__(self, max_bytes: int):
        self.max_bytes = max_bytes
        self.used = 0

    def take(self, n_bytes: int, archive: Path) -> None:
        """Count bytes about to be written; an `InputError` if they exceed the limit."""
        self.used += n_bytes
        if self.used > self.max_bytes:
            raise InputError(
                where=archive,
                found=f"more than {self.max_bytes} bytes when unpacked",
                expected="at most that",
                remedy="Raise the limit if the archive is what you think it is",
            )


def safe_name(name: str, archive: Path) -> PurePosixPath | None:
    """Return the relative path to write, or None for an entry to skip.

    Raises
    ------
    InputError
        If the name is absolute or climbs out with ``..``.
    """
    path = PurePosixPath(name.replace("\\", "/"))
    drive = len(name) > 1 and name[1] == ":"
    if path.is_absolute() or drive or ".." in path.parts or "\0" in name:
        raise InputError(
            where=archive,
            found=f"entry '{name}', which would be written outside the folder",
            expected="relative paths without '..'",
            remedy=_REPACK,
        )
    return None if is_junk(path) or not path.parts else path


def refuse(archive: Path, name: str, what: str) -> InputError:
    """Describe an entry that is neither a plain file nor a folder."""
    return InputError(
        where=archive,
        found=f"entry '{name}', {what}",
        expected="plain files and folders",
        remedy=_REPACK,
    )


def zip_members(archive: Path) -> Iterator[tuple[PurePosixPath, BinaryIO]]:
    """Return the path and the open stream of each file of a zip archive."""
    with zipfile.ZipFile(archive) as opened:
        _check_methods(opened)
        for info in opened.infolist():
            path = safe_name(info.filename, archive)
            kind = stat.S_IFMT(info.external_attr >> 16)
            if kind == stat.S_IFLNK:
                raise refuse(archive, info.filename, "a link")
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise refuse(archive, info.filename, "a device or pipe")
            # Some programs of Windows write folders as names that end in its slash.
            if path is None or info.is_dir() or info.filename.endswith("\\"):
                continue
            with opened.open(info) as stream:
                yield path, stream


def _check_methods(opened: zipfile.ZipFile) -> None:
    for info in opened.infolist():
        if info.flag_bits & _ENCRYPTED:
            raise Unsupported(f"a password protects entry '{info.filename}'")
        if info.compress_type not in _METHODS:
            name = zipfile.compressor_names.get(info.compress_type, "unknown")
            raise Unsupported(
                f"compression method {info.compress_type} ({name}) of entry "
                f"'{info.filename}'"
            )


def tar_members(archive: Path) -> Iterator[tuple[PurePosixPath, BinaryIO]]:
    """Return the path and the open stream of each file of a tar archive."""
    with _opened_tar(archive) as opened:
        for member in opened:
            path = safe_name(member.name, archive)
            if member.issym() or member.islnk():
                # Links inside the folder are refused too: no data set needs one, and
                # chains of links are how archives escape from their folder.
                raise refuse(archive, member.name, f"a link to '{member.linkname}'")
            if not (member.isreg() or member.isdir()):
                raise refuse(archive, member.name, "a device or pipe")
            # The standard library's own check, whatever else it knows about.
            tarfile.data_filter(member, "/nowhere")
            if path is None or member.isdir():
                continue
            with opened.extractfile(member) as stream:
                yield path, stream
        _check_end_of_tar(opened)


def _opened_tar(archive: Path) -> tarfile.TarFile:
    try:
        return tarfile.open(archive, "r:*")
    except tarfile.ReadError as error:
        with gzip.open(archive) as stream, contextlib.suppress(OSError, EOFError):
            named = {".tar", ".tgz"} & set(archive.suffixes)
            if len(stream.read(tarfile.BLOCKSIZE)) and not named:
                raise Unsupported("a gzip file that holds no tar archive") from error
        raise


def _check_end_of_tar(opened: tarfile.TarFile) -> None:
    """Read to the end: tarfile takes a damaged header for the end of the archive."""
    opened.fileobj.seek(opened.offset)
    if opened.fileobj.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
        raise tarfile.ReadError("no end-of-archive mark")
    while opened.fileobj.read(_CHUNK):  # also verifies a checksum at the end
        pass
