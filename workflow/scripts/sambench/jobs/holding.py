"""One run at a time writes a folder of results, wherever it was started.

Snakemake locks the folder that it runs in. Two runs in different ones may write the
same results, and take each other's files away.
"""

import fcntl
import os
import platform
from datetime import datetime
from pathlib import Path
from typing import IO

from sambench.errors import InputError

_HELD: list[IO[str]] = []  # until the process ends, however it ends


def hold(folder: Path) -> None:
    """Keep other runs out of a folder of results until this process ends.

    Raises
    ------
    InputError
        If another run writes there, with its process and when it began.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stream = (folder / ".running").open("a+", encoding="utf-8")
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        stream.seek(0)
        raise InputError(
            where=folder,
            found=f"another run that writes there ({stream.read().strip()})",
            expected="one run at a time",
            remedy="Wait for its end, or write elsewhere (`pathvars: {results: ...}`)",
        ) from None
    except OSError:  # a file system without locks
        return
    stream.truncate(0)
    now = datetime.now().isoformat(sep=" ", timespec="seconds")
    stream.write(f"{platform.node()}, process {os.getpid()}, since {now}\n")
    stream.flush()
    _HELD.append(stream)
