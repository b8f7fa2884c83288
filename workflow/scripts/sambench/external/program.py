"""Where the program of a recipe is, and how to get it if it is missing."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sambench.checkout import ROOT


def search_path(external: Mapping[str, Any]) -> str:
    """Join the folders of a recipe's key `path` that are there and those of `PATH`.

    They are relative to where the user runs, or to this project.
    """
    folders = [
        str((base / folder).resolve())
        for folder in external["path"]
        for base in (Path(), ROOT)
        if (base / folder).is_dir()
    ]
    return os.pathsep.join([*dict.fromkeys(folders), os.environ.get("PATH", "")])


def is_installed(external: Mapping[str, Any]) -> bool:
    """Return whether the program of a recipe can be run."""
    return shutil.which(external["executable"], path=search_path(external)) is not None


def environment_file(external: Mapping[str, Any]) -> Path | None:
    """Return the conda environment of a program: the user's file, or this project's."""
    if external["environment"] is None:
        return None
    own = Path(external["environment"]).resolve()
    return own if own.is_file() else ROOT / external["environment"]
