"""Which methods share embeddings, and how the files are opened. Needs no torch."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

# Tunings that leave the image encoder as it is
FROZEN_ENCODER = ("frozen", "decoder")

# Side of the images that the weights were trained on, in pixels
IMAGE_SIZES = {"lite_medsam": 256, "sam_nano": 192}
SAM_IMAGE_SIZE = 1024


def embedding_of(recipe: Mapping[str, Any]) -> tuple[str, int] | None:
    """Say which embeddings a method reads.

    Parameters
    ----------
    recipe : mapping
        A method's recipe as it runs on a benchmark.

    Returns
    -------
    (str, int) or None
        Backbone and image size; None where the encoder is trained, or sees augmented
        images, or there is none.
    """
    network = recipe["network"] or {}
    frozen = network.get("tuning", {}).get("name") in FROZEN_ENCODER
    if network.get("name") != "promptable_sam" or not frozen:
        return None
    if network.get("scaling"):
        return None
    if recipe["training"] and recipe["training"]["augmentation"]:
        return None
    backbone = network["backbone"]
    own = IMAGE_SIZES.get(backbone, SAM_IMAGE_SIZE)
    return backbone, network.get("image_size") or own


def open_all(paths: Sequence[Path | str]) -> list[np.ndarray] | None:
    """Open files of embeddings `(N, c, g, g)` as memory maps; None for no files."""
    return [np.load(path, mmap_mode="r") for path in paths] or None
