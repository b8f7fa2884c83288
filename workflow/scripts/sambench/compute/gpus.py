"""Which GPUs a process takes: those that no other process of this user holds."""

import fcntl
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from sambench.errors import InputError

_held_locks: list[IO[str]] = []


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
        file = f"sambench-{os.getuid()}-gpu-{name.replace('/', '_')}.lock"
        lock = (Path(tempfile.gettempdir()) / file).open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            continue
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
