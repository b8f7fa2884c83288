"""Where the files beside the library are, and which commit of the project they are."""

import subprocess
from functools import cache
from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).resolve().parent
_INSTALLED = _PACKAGE / "project"

#: Folder of `config`, `envs`, `workflow` and the Snakefile: the checkout, or what the
#: wheel brings along (`pyproject.toml` says what that is).
ROOT = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parents[2]

#: The configuration that comes with the workflow.
CONFIG = ROOT / "config"


@cache
def describe_checkout(root: Path = ROOT) -> dict[str, Any]:
    """Return the commit of a checkout and whether it is dirty.

    That is whether a file differs from it or is new and not ignored. Both are None
    outside of a checkout or without git.
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
