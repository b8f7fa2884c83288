"""Which methods share what frozen encoders give, and how the files are opened.

Needs no torch.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sambench.errors import InputError

# Tunings that leave the image encoder as it is
FROZEN_ENCODER = ("frozen", "decoder")

# Side of the images that the weights were trained on, in pixels
IMAGE_SIZES = {"lite_medsam": 256, "sam_nano": 192}
SAM_IMAGE_SIZE = 1024

# Arguments that change what DB-SAM's first stage computes
PREFIX_ARGUMENTS = ("stages", "layer_norm_epsilon", "sizes")


class Encoding(NamedTuple):
    """What is computed once for each slice.

    Attributes
    ----------
    backbone : str
        Whose weights.
    side : int
        Of the network's images in pixels.
    part : str
        ``"embedding"``: all of the encoder; ``"prefix"``: DB-SAM's first stage, before
        any trained part.
    """

    backbone: str
    side: int
    part: str


def encoding_of(recipe: Mapping[str, Any]) -> Encoding | None:
    """Say which encodings a method reads.

    Parameters
    ----------
    recipe : mapping
        A method's recipe as it runs on a benchmark.

    Returns
    -------
    Encoding or None
        None where the encoder is trained, or sees augmented images, or there is none.

    Raises
    ------
    InputError
        If the recipe asks for a prefix that is not the same at every visit of a slice.
    """
    network = recipe["network"] or {}
    if network.get("cache_prefix"):
        _check_prefix(recipe)
        return Encoding(network["backbone"], _side(network), "prefix")
    frozen = network.get("tuning", {}).get("name") in FROZEN_ENCODER
    if network.get("name") != "promptable_sam" or not frozen:
        return None
    if network.get("scaling"):
        return None
    if recipe["training"] and recipe["training"]["augmentation"]:
        return None
    return Encoding(network["backbone"], _side(network), "embedding")


def open_all(paths: Sequence[Path | str]) -> list[np.ndarray] | None:
    """Open files of encodings `(N, ...)` as memory maps; None for no files."""
    return [np.load(path, mmap_mode="r") for path in paths] or None


def _side(network: Mapping[str, Any]) -> int:
    own = IMAGE_SIZES.get(network["backbone"], SAM_IMAGE_SIZE)
    return network.get("image_size") or own


def _check_prefix(recipe: Mapping[str, Any]) -> None:
    network, training = recipe["network"], recipe["training"] or {}
    obstacles = {
        f"the network '{network['name']}'": network["name"] != "dbsam",
        "augmentation": bool(training.get("augmentation")),
        "another input than bytes": recipe["input"]["normalisation"] != "bytes",
    }
    obstacles |= {f"its own '{key}'": key in network for key in PREFIX_ARGUMENTS}
    found = [obstacle for obstacle, there in obstacles.items() if there]
    if found:
        raise InputError(
            where=f"recipe '{recipe['id']}', key 'network.cache_prefix'",
            found=f"true, with {' and '.join(found)}",
            expected="a dbsam network whose first stage is SAM's, on images that are "
            "the same at every visit",
            remedy="Leave out cache_prefix, or what it cannot go with",
        )
