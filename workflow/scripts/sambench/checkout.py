"""Which code this is: the commit of the checkout, and whether files were changed."""

import subprocess
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]


@cache
def describe_checkout(root: Path = ROOT) -> dict[str, Any]:
    """Return the commit of a checkout and whether it is dirty.

    Parameters
    ----------
    root : Path
        Folder of the checkout.

    Returns
    -------
    dict
        `commit`, the hash, and `dirty`, whether a file differs from it or is new and
        not ignored; both None outside of a checkout or without git.
    """
    unknown = {"commit": None, "dirty": None}
    if not (root / ".git").exists():  # a parent's repository is not ours
        return unknown
    try:
        commit = _git(root, "rev-parse", "HEAD")
        changes = _git(root, "status", "--porcelain")
    except (OSError, subprocess.CalledProcessError):
        return unknown
    return {"commit": commit, "dirty": bool(changes)}


def _git(root: Path, *arguments: str) -> str:
    command = ["git", "-C", str(root), "-c", f"safe.directory={root}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.strip()
