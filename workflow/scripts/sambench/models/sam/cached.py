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


def encoding_if_asked(
    recipe: Mapping[str, Any], expected: str, obstacles: Sequence[str] = ()
) -> Encoding | None:
    """Return what is computed once for a method whose recipe has `input.cached`.

    Parameters
    ----------
    recipe : mapping
        A method's recipe as it runs on a benchmark.
    expected : str
        What has to be the same at every visit of a slice, for the message.
    obstacles : sequence of str
        What stands against it besides changes of the images.

    Returns
    -------
    Encoding or None
        None without the key.

    Raises
    ------
    InputError
        If it is not the same at every visit.
    """
    if not recipe["input"].get("cached"):
        return None
    if found := [*changes(recipe), *obstacles]:
        raise InputError(
            where=f"recipe '{recipe['id']}', key 'input.cached'",
            found=f"true, with {' and '.join(found)}",
            expected=expected,
            remedy="Leave out input.cached, or what it cannot go with",
        )
    return encoding(recipe["network"])


def encoding(network: Mapping[str, Any]) -> Encoding:
    """Return what a network encodes, at its own image size or the backbone's."""
    backbone = network["backbone"]
    side = network.get("image_size") or find_backbone(backbone).image_size
    return Encoding(network["name"], backbone, side)
