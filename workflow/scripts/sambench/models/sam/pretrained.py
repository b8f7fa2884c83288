"""Build SAMs with their pretrained weights."""

from pathlib import Path
from typing import Any

import torch
from torch import nn

from sambench.models.sam.backbones import find_backbone
from sambench.models.sam.box_region import read_boxes_as_regions
from sambench.models.sam.build import SamSize, build_sam, sam_size
from sambench.models.sam.positions import load_sam_weights
from sambench.models.sam.tiny_vit import build_lite_medsam
from sambench.weights.reading import read_state_dict


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
    return read_state_dict(Path(weights), backbone.published)


def load_backbone(
    name: str,
    weights: Path,
    image_size: int | None = None,
    checkpointing: bool = False,
) -> nn.Module:
    """Build a SAM with its pretrained weights: the package's `Sam`, with our encoder.

    The side of its images in pixels is by default that of the weights; for another one
    position tables are resized. `checkpointing` spends a second forward pass on less
    memory in training.
    """
    backbone, size = find_backbone(name), None
    if backbone.size == "tiny_vit":
        sam = build_lite_medsam()
    else:
        size = sam_size(backbone.size)
        sam = build_sam(size, image_size or backbone.image_size)
    load_sam_weights(sam, read_backbone(name, weights), size, weights)
    if backbone.box_regions:
        read_boxes_as_regions(sam)
    sam.image_encoder.checkpointing = checkpointing
    return sam


def vit_size(backbone: str) -> SamSize:
    """Return the sizes of a backbone's ViT.

    Raises
    ------
    InputError
        If the backbone has none.
    """
    return sam_size(find_backbone(backbone).size)
