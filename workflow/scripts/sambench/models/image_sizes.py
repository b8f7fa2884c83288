"""Whether a network can take the images that it would get. Needs no torch.

Each function takes the network of a recipe, and rows and columns of packed slices in
pixels, or None if they are not known yet.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sambench.models.sam.backbones import find_backbone

_PATCH = 16  # of SAM's ViTs, in pixels


class Misfit(NamedTuple):
    """Images or widths that a network cannot take.

    Attributes
    ----------
    key : str
        Key of the recipe that sets the size; empty if it is the size of packed slices.
    found : str
        What is there.
    expected : str
        What would do.
    remedy : str
        Which values are near.
    """

    key: str
    found: str
    expected: str
    remedy: str


def halved(network: Mapping[str, Any], side: int | None) -> Misfit | None:
    """Check the slices of a U-Net whose `features` each but the first halve them.

    Parameters
    ----------
    network : mapping
        The network of a recipe.
    side : int or None
        Rows and columns of packed slices in pixels; None if it is not known yet.
    """
    levels = len(network["features"])
    of = 2 ** (levels - 1)
    return _multiple("", side, of, f"{levels} levels halve them", least=2 * of)


def even_widths(network: Mapping[str, Any], side: int | None) -> Misfit | None:
    """Check the widths of a U-Net with IBN-a, which halves those of three levels."""
    odd = [width for width in network.get("widths", ())[:3] if width % 2]
    if network.get("ibn") != "a" or not odd:
        return None
    expected = "even widths on the first three levels: IBN normalises one half by image"
    return Misfit("widths", f"{odd[0]}", expected, f"Take {odd[0] - 1} or {odd[0] + 1}")


def patches(network: Mapping[str, Any], side: int | None) -> Misfit | None:
    """Check the images of a SAM, at the side that its recipe names."""
    backbone, own = network["backbone"], network.get("image_size")
    found = find_backbone(backbone)
    if own is None:
        return None
    if found.size == "tiny_vit":
        if own == found.image_size:
            return None
        expected = f"{found.image_size}, which '{backbone}' is built for"
        return Misfit("image_size", str(own), expected, "Leave out the key")
    return _multiple("image_size", own, _PATCH, "the side of a patch", least=2 * _PATCH)


def vit_patches(network: Mapping[str, Any], side: int | None) -> Misfit | None:
    """Check the images of a network that needs SAM's ViT as its backbone."""
    backbone = network["backbone"]
    if find_backbone(backbone).size == "tiny_vit":
        expected = "a backbone with SAM's ViT"
        return Misfit("backbone", f"'{backbone}'", expected, "Choose another backbone")
    return patches(network, side)


def _multiple(
    key: str, side: int | None, of: int, because: str, least: int
) -> Misfit | None:
    """Check for a multiple that is not too small: normalisation needs some pixels."""
    if side is None or (side % of == 0 and side >= least):
        return None
    near = sorted({max(side // of * of, least), max((side // of + 1) * of, least)})
    return Misfit(
        key,
        f"{side} pixels",
        f"a multiple of {of}, at least {least}: {because}",
        f"Take {' or '.join(map(str, near))}",
    )
