"""Which methods share what frozen parts give, and how the files are opened.

Needs no torch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sambench.errors import InputError
from sambench.models import NETWORKS
from sambench.models.encoding import Encoding

if TYPE_CHECKING:
    import numpy as np


def encoding_of(recipe: Mapping[str, Any]) -> Encoding | None:
    """Return which encodings a method reads, by its recipe as it runs on a benchmark.

    None if the network says that nothing of it is computed once.

    Raises
    ------
    InputError
        If the recipe asks for encodings that there are not.
    """
    name = (recipe["network"] or {}).get("name")
    cached = NETWORKS.cached(name)
    if cached is not None:
        return cached(recipe)
    if recipe["input"].get("cached"):
        able = [each for each in NETWORKS if NETWORKS.cached(each)]
        raise InputError(
            where=f"recipe '{recipe['id']}', key 'input.cached'",
            found=f"true, with the network '{name}'",
            expected=f"a network of which a part is frozen: {', '.join(able)}",
            remedy="Leave out input.cached",
        )
    return None


def open_all(paths: Sequence[Path | str]) -> list[np.ndarray] | None:
    """Open files of encodings `(N, ...)` as memory maps; None for no files."""
    import numpy as np

    return [np.load(path, mmap_mode="r") for path in paths] or None
