"""The files below a folder with their sizes and times, without opening one."""

import os
from pathlib import Path

from sambench.data.file_names import is_junk

#: Size in bytes and time of the last change in ns.
Stamp = tuple[int, int]


def list_files(root: Path) -> dict[str, Stamp]:
    """List every file below a folder, links followed, junk left out.

    Returns
    -------
    dict
        Path relative to `root`, with forward slashes, to its `Stamp`; sorted. A root
        that is a file is listed under its name; it may be absent.
    """
    root = Path(root)
    if root.is_file():
        return {root.name: _stamp(root.stat())}
    found: dict[str, Stamp] = {}
    seen: set[tuple[int, int]] = set()
    waiting = [(str(root), "")]
    while waiting:
        folder, prefix = waiting.pop()
        try:
            status = Path(folder).stat()
            entries = list(os.scandir(folder))
        except OSError:
            continue
        if (status.st_dev, status.st_ino) in seen:
            continue  # a link that leads back
        seen.add((status.st_dev, status.st_ino))
        for entry in entries:
            if is_junk(entry.name):
                continue
            if entry.is_dir():
                waiting.append((entry.path, f"{prefix}{entry.name}/"))
                continue
            try:
                found[prefix + entry.name] = _stamp(entry.stat())
            except OSError:
                continue  # a link that leads nowhere
    return dict(sorted(found.items()))


def _stamp(status: os.stat_result) -> Stamp:
    return status.st_size, status.st_mtime_ns
