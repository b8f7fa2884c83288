"""Which GPUs a process takes: whole ones, or a share of the memory of one.

What a process holds is locked files in the folder for temporary files, which the system
unlocks when the process ends, however it ends.
"""

import fcntl
import logging
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from sambench.errors import InputError

logger = logging.getLogger(__name__)
_held_locks: list[IO[str]] = []

SHARING = "SAMBENCH_SHARE_GPUS"  # environment variable: 1 lets jobs share GPUs
PATIENCE = 2  # seconds between two looks at whether there is room


def hold_free_gpus(names: Sequence[str], count: int) -> list[int]:
    """Reserve the first GPUs that no other process holds, until this process ends.

    Snakemake limits how many jobs use a GPU but not which one.

    Parameters
    ----------
    names : sequence of str
        Names of the GPUs that this process may use, as `CUDA_VISIBLE_DEVICES` has them.
    count : int
        How many.

    Returns
    -------
    list of int
        Their places in `names`.

    Raises
    ------
    InputError
        If other jobs hold too many of the GPUs.
    """
    taken = []
    for index, name in enumerate(names):
        if len(taken) == count:
            break
        lock = _locked(_file(name), fcntl.LOCK_EX)
        if lock:
            _held_locks.append(lock)
            taken.append(index)
    if len(taken) < count:
        raise InputError(
            where="the GPUs of this machine",
            found=f"{len(taken)} of {len(names)} not used by other jobs",
            expected=f"{count} for this job",
            remedy="Set `--resources gpu=N` to the number of GPUs that are free, and "
            "`--set-resources train:gpu=N` to at most that",
        )
    return taken


def share_gpu(names: Sequence[str], sizes: Sequence[int], memory: int) -> int:
    """Reserve memory of the first GPU that has room, until this process ends.

    Waits until there is room. A GPU that another process holds as a whole has none; who
    asks for more than the largest has gets all of it.

    Parameters
    ----------
    names : sequence of str
        As for `hold_free_gpus`.
    sizes : sequence of int
        Memory of each GPU in bytes.
    memory : int
        Bytes that this process needs.

    Returns
    -------
    int
        Place of the GPU in `names`.
    """
    memory = min(memory, max(sizes))
    told = False
    while True:
        with _file("shares").open("w") as one_at_a_time:
            fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
            for index, (name, size) in enumerate(zip(names, sizes, strict=True)):
                if _take_share(name, size, memory):
                    return index
        if not told:
            logger.info("waiting for %.1f GiB of a GPU", memory / 2**30)
            told = True
        time.sleep(PATIENCE)


def _take_share(name: str, size: int, memory: int) -> bool:
    """Take a share of a GPU if there is room; only one process at a time may look."""
    whole = _locked(_file(name), fcntl.LOCK_SH)
    if whole is None:
        return False
    taken = 0
    for path in _file(name).parent.glob(f"{_file(name).stem}.*.share"):
        lost = _locked(path, fcntl.LOCK_EX, "r")
        if lost:  # its process has ended
            path.unlink()
            lost.close()
        else:
            taken += int(path.read_text())
    if taken + memory > size:
        whole.close()
        return False
    path = _file(name).with_suffix(f".{os.getpid()}.share")
    share = _locked(path, fcntl.LOCK_EX)
    share.write(str(memory))
    share.flush()
    _held_locks.extend((whole, share))
    return True


def _file(name: str) -> Path:
    file = f"sambench-{os.getuid()}-gpu-{name.replace('/', '_')}.lock"
    return Path(tempfile.gettempdir()) / file


def _locked(path: Path, kind: int, mode: str = "w") -> IO[str] | None:
    """Open a file and lock it, unless others have."""
    file = path.open(mode)
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file
