"""Pretrained SAMs by the names that recipes use."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from sambench.errors import unknown_name
from sambench.models.promptable.box_region import read_boxes_as_regions
from sambench.models.sam.build import build_sam, sam_size
from sambench.models.sam.checkpoints import CHECKPOINTS, read_checkpoint
from sambench.models.sam.positions import load_sam_weights
from sambench.models.sam.tiny_vit import build_lite_medsam


@dataclass(frozen=True)
class Backbone:
    """A pretrained SAM.

    Attributes
    ----------
    size : str
        A name in `SIZES`, or ``"tiny_vit"``.
    scaling : str
        How images are scaled for the weights, a name in `SCALINGS`.
    image_size : int
        Side of the images that the weights were trained on, in pixels.
    checkpoint : str or None
        A name in `CHECKPOINTS`; None for our own.
    box_regions : bool
        Whether it reads boxes as masks too, see `BoxRegionPromptEncoder`.
    """

    size: str
    scaling: str
    image_size: int
    checkpoint: str | None
    box_regions: bool = False


def _published(checkpoint: str) -> Backbone:
    found = CHECKPOINTS[checkpoint]
    return Backbone(found.backbone, found.scaling, found.image_size, checkpoint)


# The last two are whole DAPSAMs as their authors published them
BACKBONES = {
    "vit_b": _published("sam_vit_b"),
    "vit_l": _published("sam_vit_l"),
    "vit_h": _published("sam_vit_h"),
    "medsam": _published("medsam"),
    "medsam_v0": _published("medsam_v0"),
    "lite_medsam": _published("lite_medsam"),
    "sam_nano": Backbone("nano", "mean_std", 192, None, box_regions=True),
    "dapsam_prostate": Backbone("vit_b", "none", 384, None),
    "dapsam_riga": Backbone("vit_b", "none", 512, None),
}


def find_backbone(name: str) -> Backbone:
    """Look up a backbone.

    Raises
    ------
    InputError
        If the name is not known.
    """
    if name not in BACKBONES:
        raise unknown_name("the recipe's network", "backbone", name, BACKBONES)
    return BACKBONES[name]


def read_backbone(name: str, weights: Path) -> dict[str, Any]:
    """Read the state dict of a backbone; a published hash is verified."""
    checkpoint = find_backbone(name).checkpoint
    return read_checkpoint(
        Path(weights), CHECKPOINTS[checkpoint] if checkpoint else None
    )


def load_backbone(name: str, weights: Path, image_size: int | None = None) -> nn.Module:
    """Build a SAM with its pretrained weights.

    Parameters
    ----------
    name : str
        A name in `BACKBONES`.
    weights : Path
        File of the weights.
    image_size : int, optional
        Side of the images in pixels; by default that of the weights. Position tables
        are resized.

    Returns
    -------
    Sam
        Of the package, with our encoder.
    """
    backbone = find_backbone(name)
    state = read_backbone(name, weights)
    if backbone.size == "tiny_vit":
        sam = build_lite_medsam()
        load_sam_weights(sam, state)
        return sam
    size = sam_size(backbone.size)
    sam = build_sam(size, image_size or backbone.image_size)
    load_sam_weights(sam, state, size)
    if backbone.box_regions:
        read_boxes_as_regions(sam)
    return sam
