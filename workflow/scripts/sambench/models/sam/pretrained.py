"""Build SAMs with their pretrained weights."""

from pathlib import Path
from typing import Any

import torch
from torch import nn

from sambench.errors import InputError
from sambench.models.sam.backbones import CHECKPOINTS, find_backbone
from sambench.models.sam.box_region import read_boxes_as_regions
from sambench.models.sam.build import SamSize, build_sam, sam_size
from sambench.models.sam.checkpoints import read_checkpoint
from sambench.models.sam.positions import load_sam_weights
from sambench.models.sam.tiny_vit import build_lite_medsam


def read_backbone(name: str, weights: Path | None) -> dict[str, Any]:
    """Read the state dict of a backbone; a published hash is verified.

    Without a file its tensors have shapes and no numbers: on the meta device, for
    counting what a network costs.
    """
    backbone = find_backbone(name)
    if weights is None:
        with torch.device("meta"):
            if backbone.size == "tiny_vit":
                return build_lite_medsam().state_dict()
            return build_sam(sam_size(backbone.size), backbone.image_size).state_dict()
    checkpoint = backbone.checkpoint
    return read_checkpoint(
        Path(weights), CHECKPOINTS[checkpoint] if checkpoint else None
    )


def load_backbone(name: str, weights: Path, image_size: int | None = None) -> nn.Module:
    """Build a SAM with its pretrained weights: the package's `Sam`, with our encoder.

    The side of its images in pixels is by default that of the weights; for another one
    position tables are resized.
    """
    backbone = find_backbone(name)
    state = read_backbone(name, weights)
    if backbone.size == "tiny_vit":
        sam = build_lite_medsam()
        load_sam_weights(sam, state, where=weights)
        return sam
    size = sam_size(backbone.size)
    sam = build_sam(size, image_size or backbone.image_size)
    load_sam_weights(sam, state, size, weights)
    if backbone.box_regions:
        read_boxes_as_regions(sam)
    return sam


def vit_size(backbone: str) -> SamSize:
    """Return the sizes of a backbone's ViT.

    Raises
    ------
    InputError
        If the backbone has none.
    """
    size = find_backbone(backbone).size
    if size == "tiny_vit":
        raise InputError(
            where="the recipe's network",
            found=f"the backbone '{backbone}'",
            expected="a backbone with SAM's ViT",
            remedy="Choose vit_b, vit_l, vit_h, medsam, medsam_v0 or sam_nano",
        )
    return sam_size(size)
