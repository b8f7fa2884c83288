"""When the embeddings of a SAM are the same at every visit of a slice. No torch."""

from collections.abc import Mapping
from typing import Any

from sambench.models.encoding import Encoding
from sambench.models.sam.backbones import find_backbone

# Tunings that leave the image encoder as it is
FROZEN_ENCODER = ("frozen", "decoder")


def embeddings(recipe: Mapping[str, Any]) -> Encoding | None:
    """Return which embeddings a method reads.

    Parameters
    ----------
    recipe : mapping
        A method's recipe as it runs on a benchmark.

    Returns
    -------
    Encoding or None
        None if the encoder is trained, or sees augmented or otherwise scaled images.
    """
    network, training = recipe["network"], recipe["training"] or {}
    frozen = network["tuning"]["name"] in FROZEN_ENCODER
    if not frozen or network.get("scaling") or training.get("augmentation"):
        return None
    return encoding(network)


def encoding(network: Mapping[str, Any]) -> Encoding:
    """Return what a network encodes, at its own image size or the backbone's."""
    backbone = network["backbone"]
    side = network.get("image_size") or find_backbone(backbone).image_size
    return Encoding(network["name"], backbone, side)
