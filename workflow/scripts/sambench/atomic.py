"""Outputs that appear whole or not at all."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_path(path: Path | str) -> Iterator[Path]:
    """Give a temporary path beside `path` that takes its place when the block succeeds.

    The temporary name keeps the suffix of `path`, so that writers which choose a format
    by suffix work. It may be used as a file or as a folder.

    Parameters
    ----------
    path : Path or str
        Final file or folder; an older one is replaced.

    Yields
    ------
    Path
        Where to write. It does not exist yet; its parent does.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.partial{path.suffix}")
    _remove(temporary)
    try:
        yield temporary
        if temporary.is_dir() and path.exists():
            _remove(path)
        os.replace(temporary, path)
    except BaseException:
        _remove(temporary)
        raise


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
