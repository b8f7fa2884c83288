"""What ran out when a job fails for lack of disk, shared memory or memory."""

import errno
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from sambench.errors import InputError

#: No space, quota exceeded, and file larger than the process may write.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_SHARED = Path("/dev/shm")
_KEPT = (
    "Nothing finished is lost: run the same command again, and trainings go on after "
    "their last saved epoch"
)
_FULL_TEXT = re.compile(r"no space left on device|os error 28|disk quota", re.I)
# What torch and others say of a write that comes back short, whatever the reason is.
_WRITE_TEXT = re.compile(r"StreamWriter|inline_container|file write failed", re.I)
_SHARED_TEXT = re.compile(r"shared memory|torch_shm|bus error|SIGBUS", re.I)
_MEMORY_TEXT = re.compile(r"out of memory|n.t allocate memory|cannot allocate", re.I)
_LITTLE = 4 << 20


class DiskFullError(InputError):
    """A disk, quota or limit on file sizes that is too small for what is written."""


def is_full(error: OSError) -> bool:
    """Return whether an error means that there is no room to write."""
    return error.errno in _FULL


def disk_full(where: Path, written: str, expected: str) -> DiskFullError:
    """Describe a disk that was full before everything was written.

    Parameters
    ----------
    where : Path
        What was being written.
    written : str
        How far it came, e.g. ``"300 bytes of a.zip"``.
    expected : str
        What there has to be room for.
    """
    return DiskFullError(
        where=where,
        found=f"a full disk after {written}",
        expected=f"space for {expected}",
        remedy="Free some space or choose another folder",
    )


def full_disk(error: BaseException, folder: Path) -> DiskFullError | None:
    """Describe a write that failed because the disk is full; None for another error.

    What was written in part has to be in the folder still: without it there is space
    again.
    """
    found = shortage_of(error, folder)
    return found if isinstance(found, DiskFullError) else None


def shortage_of(error: BaseException, folder: Path) -> InputError | None:
    """Describe an error that means that something ran out; None for any other.

    Causes of the error count: libraries wrap errors of the system, and some hide them.
    """
    errors = list(_chain(error))
    if any(isinstance(each, InputError) for each in errors):
        return None
    text = " ".join(map(str, errors))
    if _SHARED_TEXT.search(text):
        return _shared_memory()
    usage = shutil.disk_usage(folder)
    named = any(isinstance(each, OSError) and is_full(each) for each in errors)
    short = _WRITE_TEXT.search(text) and usage.free < _LITTLE
    if named or short or _FULL_TEXT.search(text):
        return DiskFullError(
            where=folder,
            found=f"a full disk or quota ({_size(usage.free)} of "
            f"{_size(usage.total)} free)",
            expected="space for what is written",
            remedy=f"Free some space, or put results elsewhere (`pathvars`). {_KEPT}",
        )
    if _MEMORY_TEXT.search(text) or any(isinstance(e, MemoryError) for e in errors):
        return _memory("the GPU" if "CUDA" in text else "this machine")
    return None


def shortage_in(text: str) -> str:
    """Return what helps, by what another program said; empty if nothing ran out."""
    for pattern, remedy in (
        (_SHARED_TEXT, _shared_memory().remedy),
        (_FULL_TEXT, "A disk is full: free some space"),
        (_MEMORY_TEXT, "Memory ran out: use smaller batches or fewer threads"),
    ):
        if pattern.search(text):
            return remedy
    return ""


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """List an error and those that led to it, each once: they may form a circle."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _shared_memory() -> InputError:
    total = _size(shutil.disk_usage(_SHARED).total) if _SHARED.is_dir() else "none"
    return InputError(
        where=_SHARED,
        found=f"shared memory that is full or too small ({total})",
        expected="room for what processes hand to each other",
        remedy="Start the container with --shm-size=8g or --ipc=host, or use fewer "
        f"threads. {_KEPT}",
    )


def _memory(where: str) -> InputError:
    return InputError(
        where=where,
        found="no memory left",
        expected="memory for a batch",
        remedy="Set a smaller `batch_size` in `training` and `inference` of the method "
        f"(`overrides`), or give the job more memory. {_KEPT}",
    )


def _size(count: int) -> str:
    for unit, least in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= least:
            return f"{count / least:.3g} {unit}"
    return f"{count} bytes"
