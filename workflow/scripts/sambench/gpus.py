"""Which GPU a process takes: the first that no other process of this user holds."""

import fcntl
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

_held_locks: list[IO[str]] = []


def hold_free_gpu(names: Sequence[str]) -> int:
    """Choose the first GPU that no other process holds, until this process ends.

    Snakemake limits how many jobs use a GPU but not which one.

    Parameters
    ----------
    names : sequence of str
        Of the GPUs that this process may use, as `CUDA_VISIBLE_DEVICES` has them.

    Returns
    -------
    int
        Its place in `names`; 0 where all are held.
    """
    for index, name in enumerate(names):
        file = f"sambench-{os.getuid()}-gpu-{name.replace('/', '_')}.lock"
        lock = (Path(tempfile.gettempdir()) / file).open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            continue
        _held_locks.append(lock)
        return index
    return 0
