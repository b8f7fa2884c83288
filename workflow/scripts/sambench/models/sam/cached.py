"""When the embeddings of a SAM are the same at every visit of a slice. No torch."""

from collections.abc import Mapping, Sequence
from typing import Any

from sambench.errors import InputError
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
        None if the encoder is trained, or sees changed or otherwise scaled images.
    """
    network = recipe["network"]
    frozen = network.get("tuning", {"name": "frozen"})["name"] in FROZEN_ENCODER
    if not frozen or network.get("scaling") or changes(recipe):
        return None
    return encoding(network)


def changes(recipe: Mapping[str, Any]) -> list[str]:
    """List why images are not the same at every visit, or not those that are encoded.

    Parameters
    ----------
    recipe : mapping
        A method's recipe as it runs on a benchmark.
    """
    found = {
        "augmentation": bool((recipe["training"] or {}).get("augmentation")),
        "views": bool(recipe.get("views")),
        "another input than bytes": recipe["input"]["normalisation"] != "bytes",
    }
    return [change for change, there in found.items() if there]


def refuse(recipe: Mapping[str, Any], obstacles: Sequence[str], expected: str) -> None:
    """Refuse a recipe's `input.cached` if something stands against it.

    Raises
    ------
    InputError
        With the obstacles.
    """
    if obstacles:
        raise InputError(
            where=f"recipe '{recipe['id']}', key 'input.cached'",
            found=f"true, with {' and '.join(obstacles)}",
            expected=expected,
            remedy="Leave out input.cached, or what it cannot go with",
        )


def encoding(network: Mapping[str, Any]) -> Encoding:
    """Return what a network encodes, at its own image size or the backbone's."""
    backbone = network["backbone"]
    side = network.get("image_size") or find_backbone(backbone).image_size
    return Encoding(network["name"], backbone, side)
