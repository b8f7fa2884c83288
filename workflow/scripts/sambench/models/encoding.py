"""What of a network is computed once for each slice, and kept in a file. No torch."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sambench.errors import InputError
from sambench.models.sam.backbones import find_backbone

# Tunings that leave the image encoder as it is
FROZEN_ENCODER = ("frozen", "decoder")
# Arguments that change what DB-SAM's first stage computes
PREFIX_ARGUMENTS = ("stages", "layer_norm_epsilon")


class Encoding(NamedTuple):
    """What of a network is computed once for each slice, by its method `encode`.

    Attributes
    ----------
    network : str
        A name in `NETWORKS`.
    backbone : str
        Whose weights.
    side : int
        Side of the network's images in pixels.
    """

    network: str
    backbone: str
    side: int


def embeddings(recipe: Mapping[str, Any]) -> Encoding | None:
    """Return which embeddings of a SAM a method reads, by its recipe on a benchmark.

    None if the encoder is trained, or sees changed or otherwise scaled images.
    """
    network = recipe["network"]
    frozen = network.get("tuning", {"name": "frozen"})["name"] in FROZEN_ENCODER
    if not frozen or network.get("scaling") or _changes(recipe):
        return None
    return _encoding(network)


def prefix(recipe: Mapping[str, Any]) -> Encoding | None:
    """Return what of DB-SAM's frozen first stage a method reads; see `_if_asked`."""
    own = [f"its own '{key}'" for key in PREFIX_ARGUMENTS if key in recipe["network"]]
    expected = "a first stage that is SAM's, on images that are the same at every visit"
    return _if_asked(recipe, expected, own)


def taps(recipe: Mapping[str, Any]) -> Encoding | None:
    """Return which of DeSAM's taps a method reads; see `_if_asked`."""
    return _if_asked(recipe, "images that are the same at every visit")


def _changes(recipe: Mapping[str, Any]) -> list[str]:
    """List why images differ between visits, or are not those that are encoded."""
    found = {
        "augmentation": bool((recipe["training"] or {}).get("augmentation")),
        "views": bool(recipe.get("views")),
        "another input than bytes": recipe["input"]["normalisation"] != "bytes",
    }
    return [change for change, there in found.items() if there]


def _if_asked(
    recipe: Mapping[str, Any], expected: str, obstacles: Sequence[str] = ()
) -> Encoding | None:
    """Return what is computed once if the recipe has `input.cached`, else None.

    Raises
    ------
    InputError
        If images are not the same at every visit, or there are other obstacles.
    """
    if not recipe["input"].get("cached"):
        return None
    if found := [*_changes(recipe), *obstacles]:
        raise InputError(
            where=f"recipe '{recipe['id']}', key 'input.cached'",
            found=f"true, with {' and '.join(found)}",
            expected=expected,
            remedy="Leave out input.cached, or what it cannot go with",
        )
    return _encoding(recipe["network"])


def _encoding(network: Mapping[str, Any]) -> Encoding:
    """Return what a network encodes, at its own image size or the backbone's."""
    backbone = network["backbone"]
    side = network.get("image_size") or find_backbone(backbone).image_size
    return Encoding(network["name"], backbone, side)
