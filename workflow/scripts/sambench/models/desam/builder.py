"""Build DeSAM from a recipe, with pretrained weights; names of its published ones."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

from torch import nn

from sambench.models.desam.network import LEVELS, Desam, TappedEncoder
from sambench.models.sam.backbones import find_backbone
from sambench.models.sam.build import (
    SamSize,
    build_encoder,
    build_mask_decoder,
    build_prompt_encoder,
)
from sambench.models.sam.frame import frame_of
from sambench.models.sam.positions import load_sam_weights, resize_positions
from sambench.models.sam.pretrained import read_backbone, vit_size
from sambench.models.sam.renaming import Renaming, below

_ENCODER = "image_encoder."


def build(
    *,
    backbone: Annotated[str, "sambench.models.sam.backbones:BACKBONES"],
    weights: Path,
    image_size: int | None = None,
    widths: Sequence[int] | None = None,
    grid: Annotated[Mapping, "sambench.models.sam.grid:GridFilter"] | None = None,
) -> Desam:
    """Build DeSAM on a pretrained SAM, whose encoder is read only if it is used.

    Parameters
    ----------
    backbone, weights, image_size
        As for `build_promptable`; with a ViT, as released only ``vit_h`` runs.
    widths : sequence of int, optional
        Widths of the mask module, the coarsest first; by default those of the
        embedding, half and a quarter of it: 256, 128 and 64.
    grid : mapping, optional
        Arguments of `GridFilter` that differ from those of DeSAM's test.
    """
    size = vit_size(backbone)
    side = image_size or find_backbone(backbone).image_size

    def build_frozen() -> nn.Module:
        state = resize_positions(read_backbone(backbone, weights), size, side)
        encoder = build_encoder(size, side)
        load_sam_weights(encoder, below(state, _ENCODER), where=weights)
        return encoder

    frozen = TappedEncoder(build_frozen, tapped_blocks(size))
    sam = decoding_part(size, side)
    state = read_backbone(backbone, weights)
    for name, part in sam.items():
        load_sam_weights(part, below(state, f"{name}."), where=weights)
    widths = widths or [size.channels // by for by in (1, 2, 4)]
    frame = frame_of(backbone, side, enlarge="as_sam")
    return Desam(sam, frozen, frame, size.embed_dim, widths, grid)


def decoding_part(size: SamSize, image_size: int) -> nn.ModuleDict:
    """Build a SAM without its image encoder, with random weights."""
    return nn.ModuleDict(
        {
            "prompt_encoder": build_prompt_encoder(size, image_size),
            "mask_decoder": build_mask_decoder(size),
        }
    )


def tapped_blocks(size: SamSize) -> tuple[int, ...]:
    """Return the blocks that are tapped: the global ones but the last.

    ViT-B 2, 5 and 8; ViT-L 5, 11 and 17; ViT-H, the only one that runs as released, 7,
    15 and 23. A backbone with other than four global blocks is tapped after the three
    blocks before its last.
    """
    taps = size.global_blocks[:-1]
    return taps if len(taps) == LEVELS else tuple(range(size.depth)[-LEVELS - 1 : -1])


_PDMM = "mask_decoder.pimm"
_CONTEXT = f"{_PDMM}.conv_blocks_context.{{i}}"
_ENLARGING = f"{_CONTEXT}.residual_block.{{i}}"
_JOINING = f"{_PDMM}.conv_blocks_localization.{{i}}"

NAMES = Renaming(
    [
        (f"{_CONTEXT}.block_init", "pdmm.contexts.{i}.first"),
        (f"{_ENLARGING}.0.conv", "pdmm.contexts.{i}.enlarging.{i}.up"),
        (f"{_ENLARGING}.1", "pdmm.contexts.{i}.enlarging.{i}.residual"),
        (f"{_JOINING}.transp_conv.conv", "pdmm.joining.{i}.up"),
        (f"{_JOINING}.res_block", "pdmm.joining.{i}.residual"),
        (f"{_PDMM}.mask_embedding_fusion", "pdmm.fusion"),
        # That of the finest level of three; the others are for deep supervision
        (f"{_PDMM}.seg_outputs.1", "pdmm.head"),
        ("mask_decoder", "prim"),
    ],
    within=[
        ("conv1.conv", "conv1"),
        ("conv2.conv", "conv2"),
        ("conv3.conv", "conv3"),
        ("se.fc.0", "squeeze"),
        ("se.fc.2", "excite"),
    ],
)
