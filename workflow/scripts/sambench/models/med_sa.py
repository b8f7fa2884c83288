"""Medical SAM Adapter (2023): adapters beside attention and MLP of SAM's blocks.

Written from a description of its published code, which is GPL-3.0 and of which no line
is used; ``python -m sambench parity`` checks the numbers.

Its variant "released" is the published code since January 2024: another two-way
transformer in the decoder whose MLP starts at random, relative positions that are never
loaded and stay zero, absolute ones resized bicubically. "intended" is the code of
December 2023, nearest to the paper: SAM's own decoder and positions.
"""

from pathlib import Path
from typing import Annotated, Literal

import torch
from torch import Tensor, nn

from sambench.models.sam.attention import attend
from sambench.models.sam.bottleneck import Bottleneck
from sambench.models.sam.build import build_sam
from sambench.models.sam.encoder import SamImageEncoder
from sambench.models.sam.frame import frame_of
from sambench.models.sam.network import PromptableSam
from sambench.models.sam.positions import load_sam_weights, resize_absolute_positions
from sambench.models.sam.pretrained import read_backbone, vit_size
from sambench.models.sam.renaming import Renaming

MLP_SHARE = 0.5  # of the adapter beside the MLP
REDUCTION = 4


class MedSaEncoder(SamImageEncoder):
    """SAM's encoder with Med-SA's adapters; made by `adapt`.

    Med-SA pads windows before the layer norm, SAM after it: what fills them is the
    bias of the norm and not zero.
    """

    def _block(self, index: int, tokens: Tensor) -> Tensor:
        block = self.blocks[index]
        padding = block.norm1.bias
        attended = attend(block, block.norm1(tokens), padding=padding)
        tokens = tokens + attended + self.space[index](attended)
        normed = block.norm2(tokens)
        return tokens + block.mlp(normed) + MLP_SHARE * self.beside[index](normed)


class TwoWayBlock(nn.Module):
    """A block of SAM's two-way transformer that adds positions to its queries for good.

    SAM adds the positions of the points to queries and keys of the self-attention, not
    to its values and not to the residual, and leaves the residual out in its first
    block. Made from SAM's block by `adapt`, with its parameters.
    """

    def forward(
        self, queries: Tensor, keys: Tensor, query_pe: Tensor, key_pe: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Exchange between points `(B, P, c)` and image `(B, N, c)`."""
        if not self.skip_first_layer_pe:
            queries = queries + query_pe
        queries = queries + self.self_attn(q=queries, k=queries, v=queries)
        queries = self.norm1(queries)
        q, k = queries + query_pe, keys + key_pe
        queries = queries + self.cross_attn_token_to_image(q=q, k=k, v=keys)
        queries = self.norm2(queries)
        queries = self.norm3(queries + self.mlp(queries))
        q = queries + query_pe
        keys = keys + self.cross_attn_image_to_token(q=k, k=q, v=queries)
        return queries, self.norm4(keys)


def build(
    *,
    backbone: Annotated[str, "sambench.models.sam.backbones:BACKBONES"],
    weights: Path,
    variant: Literal["released", "intended"] = "released",
    image_size: int = 256,
    scaling: Annotated[str, "sambench.models.sam.scaling:SCALINGS"] | None = None,
    checkpointing: bool = False,
) -> PromptableSam:
    """Build Med-SA on a pretrained SAM with a ViT.

    Parameters
    ----------
    variant : str
        ``"released"`` or ``"intended"``.
    backbone, weights, image_size, scaling, checkpointing
        As for `build_promptable`.
    """
    size = vit_size(backbone)
    state = read_backbone(backbone, weights)
    if variant == "released":
        state = resize_absolute_positions(state, size, image_size, "bicubic")
    sam = build_sam(size, image_size)
    load_sam_weights(sam, state, size, weights)
    if variant == "released":
        for layer in sam.mask_decoder.transformer.layers:
            layer.mlp.lin1.reset_parameters()
            layer.mlp.lin2.reset_parameters()
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
    sam.requires_grad_(False)
    sam.mask_decoder.requires_grad_(True)
    sam.mask_decoder.iou_prediction_head.requires_grad_(False)
    encoder = sam.image_encoder
    width = encoder.pos_embed.shape[-1]
    with encoder.pos_embed.device:
        encoder.space, encoder.beside = (
            nn.ModuleList(Bottleneck(width, width // REDUCTION) for _ in encoder.blocks)
            for _ in range(2)
        )
    encoder.__class__ = MedSaEncoder
    if variant == "released":
        for block in sam.mask_decoder.transformer.layers:
            block.__class__ = TwoWayBlock


_BLOCK = "image_encoder.blocks.{i}"
_LAYER = "mask_decoder.transformer.layers.{i}.mlp"
_ADAPTERS = [
    (f"{_BLOCK}.{theirs}_Adapter.{their_layer}", f"image_encoder.{ours}.{{i}}.{layer}")
    for theirs, ours in (("Space", "space"), ("MLP", "beside"))
    for their_layer, layer in (("D_fc1", "down"), ("D_fc2", "up"))
]
_SINCE_2024 = [
    (f"{_BLOCK}.attn.rel_h", f"{_BLOCK}.attn.rel_pos_h"),
    (f"{_BLOCK}.attn.rel_w", f"{_BLOCK}.attn.rel_pos_w"),
    (f"{_LAYER}.layers.0.0", f"{_LAYER}.lin1"),
    (f"{_LAYER}.fc", f"{_LAYER}.lin2"),
]

# By variant: in 2023 all but the adapters had SAM's names
NAMES = {
    "released": Renaming([*_ADAPTERS, *_SINCE_2024]),
    "intended": Renaming(_ADAPTERS),
}
UNUSED = "Depth_Adapter"  # of its form for volumes; no gradient in 2D
