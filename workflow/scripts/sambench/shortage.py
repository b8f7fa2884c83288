"""Say what ran out when a job fails for lack of disk, shared memory or memory."""

import errno
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from sambench.errors import InputError

_SHARED = Path("/dev/shm")
_KEPT = (
    "Nothing finished is lost: run the same command again, and trainings go on after "
    "their last saved epoch"
)
_FULL = (errno.ENOSPC, errno.EDQUOT)
_FULL_TEXT = re.compile(r"no space left on device|os error 28|code: 28\b|disk quota", re.I)
# What torch says when a write comes back short, whatever the reason is.
_WRITE_TEXT = re.compile(r"PytorchStreamWriter failed|file write failed|iostream error")
_SHARED_TEXT = re.compile(
    r"shared memory|\bshm\b|torch_shm_manager|bus error|SIGBUS|/dev/shm", re.I
)
_MEMORY_TEXT = re.compile(r"out of memory|can't allocate memory|cannot allocate", re.I)
_LITTLE = 8 << 20


def shortage_of(error: BaseException, folders: list[Path]) -> InputError | None:
    """Describe an error that means that something ran out; None for any other.

    Parameters
    ----------
    error : BaseException
        With its causes: libraries wrap errors of the system, and some hide them.
    folders : list of Path
        Where the job writes, to look at what is free there.

    Returns
    -------
    InputError or None
        What is full, how large it is, and the remedy.
    """
    errors = list(_chain(error))
    text = " ".join(str(each) for each in errors)
    full = any(getattr(each, "errno", None) in _FULL for each in errors)
    if _SHARED_TEXT.search(text):
        return _shared_memory()
    if full or _FULL_TEXT.search(text):
        return _disk(_named(errors) or _fullest(folders))
    if _WRITE_TEXT.search(text):
        place = _fullest(folders)
        return _disk(place) if shutil.disk_usage(place).free < _LITTLE else None
    if _MEMORY_TEXT.search(text) or any(isinstance(e, MemoryError) for e in errors):
        return _memory("CUDA" in text)
    return None


def shortage_in(text: str) -> str:
    """Return what ran out by the words of another program; empty if it did not say."""
    for pattern, remedy in (
        (_SHARED_TEXT, _shared_memory().remedy),
        (_FULL_TEXT, "A disk is full: free some space"),
        (_MEMORY_TEXT, "Memory ran out: use smaller batches or fewer threads"),
    ):
        if pattern.search(text):
            return remedy
    return ""


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _named(errors: list[BaseException]) -> Path | None:
    """Return the folder of the file that could not be written, if it is named."""
    for error in errors:
        name = getattr(error, "filename", None)
        if isinstance(name, str | Path):
            return _existing(Path(name))
    return None


def _fullest(folders: list[Path]) -> Path:
    places = [_existing(folder) for folder in folders] or [Path.cwd()]
    return min(places, key=lambda place: shutil.disk_usage(place).free)


def _existing(path: Path) -> Path:
    path = path.absolute()
    return next(place for place in (path, *path.parents) if place.is_dir())


def _disk(place: Path) -> InputError:
    usage = shutil.disk_usage(place)
    return InputError(
        where=place,
        found=f"a full disk, or a full quota ({_size(usage.free)} of "
        f"{_size(usage.total)} free)",
        expected="space for what is written",
        remedy=f"Free some space, or put results elsewhere (`pathvars`). {_KEPT}",
    )


def _shared_memory() -> InputError:
    total = _size(shutil.disk_usage(_SHARED).total) if _SHARED.is_dir() else "0 bytes"
    return InputError(
        where=_SHARED,
        found=f"shared memory that is full (it has {total})",
        expected="room for what processes hand to each other",
        remedy="Start the container with --shm-size=8g or --ipc=host, or use fewer "
        f"threads. {_KEPT}",
    )


def _memory(on_gpu: bool) -> InputError:
    return InputError(
        where="the GPU" if on_gpu else "this machine",
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
