"""Build Med-SA from a recipe, with pretrained weights."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import torch
from torch import Tensor, nn

from sambench.errors import unknown_name
from sambench.models.med_sa.encoder import add_med_sa
from sambench.models.med_sa.two_way import keep_positions
from sambench.models.sam.build import build_sam
from sambench.models.sam.frame import frame_of
from sambench.models.sam.network import PromptableSam
from sambench.models.sam.positions import load_sam_weights, resize_absolute_positions
from sambench.models.sam.pretrained import read_backbone, vit_size

# "released" is the published code since January 2024: another two-way transformer in
# the decoder whose MLP starts at random, relative positions that are never loaded and
# stay zero, absolute ones resized bicubically. "intended" is the code of December 2023,
# nearest to the paper: SAM's own decoder and positions.
VARIANTS = ("released", "intended")


def build(
    *,
    backbone: Annotated[str, "sambench.models.sam.backbones:BACKBONES"],
    weights: Path,
    variant: Literal["released", "intended"] = "released",
    image_size: int = 256,
    scaling: Annotated[str, "sambench.models.sam.scaling:SCALINGS"] | None = None,
    checkpointing: bool = False,
) -> PromptableSam:
    """Build Med-SA on a pretrained SAM.

    Parameters
    ----------
    backbone : str
        A name in `BACKBONES` with a ViT.
    weights : Path
        Weights of the backbone.
    variant : str
        A name in `VARIANTS`.
    image_size : int
        Side of the network's images in pixels.
    scaling : str, optional
        How images are scaled, by default as the weights expect.
    checkpointing : bool
        Spend a second forward pass on less memory in training.
    """
    size = vit_size(backbone)
    state = read_backbone(backbone, weights)
    if variant == "released":
        state = resize_absolute_positions(state, size, image_size, "bicubic")
    sam = build_sam(size, image_size)
    fresh = _decoder_mlps(sam)
    load_sam_weights(sam, state, size, weights)
    if variant == "released":
        sam.load_state_dict(fresh, strict=False)
        with torch.no_grad():
            for block in sam.image_encoder.blocks:
                block.attn.rel_pos_h.zero_()
                block.attn.rel_pos_w.zero_()
                block.attn.use_rel_pos = False  # zero and frozen: nothing to add
    adapt(sam, variant)
    sam.image_encoder.checkpointing = checkpointing
    return PromptableSam(sam, frame_of(backbone, image_size, scaling))


def adapt(sam: nn.Module, variant: str) -> None:
    """Freeze and extend a SAM as Med-SA does, in place.

    Raises
    ------
    InputError
        If there is no such variant.
    """
    if variant not in VARIANTS:
        raise unknown_name("the recipe's network", "variant", variant, VARIANTS)
    sam.requires_grad_(False)
    sam.mask_decoder.requires_grad_(True)
    sam.mask_decoder.iou_prediction_head.requires_grad_(False)
    add_med_sa(sam.image_encoder)
    if variant == "released":
        keep_positions(sam.mask_decoder)


def _decoder_mlps(sam: nn.Module) -> Mapping[str, Tensor]:
    """Copy the decoder's MLPs as they were built."""
    return {
        name: tensor.clone()
        for name, tensor in sam.state_dict().items()
        if name.startswith("mask_decoder.transformer.layers.") and ".mlp." in name
    }
