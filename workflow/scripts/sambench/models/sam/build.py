"""Build SAM at a size of the papers or any other size, at any image size."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from torch import nn

from sambench.errors import InputError, find_named
from sambench.models.sam.encoder import SamImageEncoder
from sambench.models.sam.fused import fuse
from sambench.models.sam.linear import speed_up_linear_layers
from sambench.models.sam.package import (
    MaskDecoder,
    PromptEncoder,
    Sam,
    TwoWayTransformer,
)


@dataclass(frozen=True)
class SamSize:
    """Sizes of a SAM; the defaults are common to the published ones.

    Attributes
    ----------
    embed_dim, depth, num_heads : int
        Width, number of blocks and number of heads of the image encoder.
    global_blocks : tuple of int
        Blocks, from 0, in which all tokens attend to each other.
    window, patch : int
        Sides of the other blocks' windows in tokens and of a token in pixels.
    channels : int
        Number of channels of the image embedding, prompts and decoder; a multiple of 8.
    decoder_heads, decoder_mlp : int
        Heads and hidden width of the decoder's transformer.
    mask_channels : int
        Hidden channels of the prompt encoder's mask branch.
    quality_hidden : int, optional
        Hidden width of the decoder's quality head; by default `channels`.
    """

    embed_dim: int
    depth: int
    num_heads: int
    global_blocks: tuple[int, ...]
    window: int = 14
    patch: int = 16
    channels: int = 256
    decoder_heads: int = 8
    decoder_mlp: int = 2048
    mask_channels: int = 16
    quality_hidden: int | None = None


# segment-anything 1.0, build_sam.py; "nano" is ours, for tests and the demo
SIZES = {
    "vit_b": SamSize(768, 12, 12, (2, 5, 8, 11)),
    "vit_l": SamSize(1024, 24, 16, (5, 11, 17, 23)),
    "vit_h": SamSize(1280, 32, 16, (7, 15, 23, 31)),
    "nano": SamSize(
        96, 4, 3, (1, 3), window=7, channels=64, decoder_heads=4, decoder_mlp=128
    ),
}


def sam_size(name: str) -> SamSize:
    """Look up a size by name.

    Raises
    ------
    InputError
        If the name is not known.
    """
    return find_named(SIZES, name, "the recipe's backbone", "ViT")


def build_encoder(
    size: SamSize, image_size: int, kind: type[nn.Module] = SamImageEncoder, **more: Any
) -> nn.Module:
    """Build an image encoder of a kind, with its further arguments and random weights.

    Raises
    ------
    InputError
        If the image size in pixels is not a multiple of the patch.
    """
    if image_size % size.patch:
        raise InputError(
            where="the image size of a SAM encoder",
            found=f"{image_size} pixels",
            expected=f"a multiple of its patch of {size.patch} pixels",
            remedy="Choose another packed size in the benchmark's preparation",
        )
    encoder = kind(
        depth=size.depth,
        embed_dim=size.embed_dim,
        img_size=image_size,
        mlp_ratio=4,
        norm_layer=partial(nn.LayerNorm, eps=1e-6),
        num_heads=size.num_heads,
        patch_size=size.patch,
        qkv_bias=True,
        use_rel_pos=True,
        global_attn_indexes=size.global_blocks,
        window_size=size.window,
        out_chans=size.channels,
        **more,
    )
    fuse(encoder)
    speed_up_linear_layers(encoder)
    return encoder


def build_prompt_encoder(size: SamSize, image_size: int) -> PromptEncoder:
    """Build SAM's prompt encoder; points and boxes are in pixels of `image_size`."""
    grid = image_size // size.patch
    return PromptEncoder(
        embed_dim=size.channels,
        image_embedding_size=(grid, grid),
        input_image_size=(image_size, image_size),
        mask_in_chans=size.mask_channels,
    )


def build_mask_decoder(
    size: SamSize, n_masks: int = 4, kind: type[MaskDecoder] = MaskDecoder
) -> MaskDecoder:
    """Build SAM's mask decoder with a number of mask tokens.

    SAM has 4, one for clear prompts and three for ambiguous ones.
    """
    decoder = kind(
        num_multimask_outputs=n_masks - 1,
        transformer=TwoWayTransformer(
            depth=2,
            embedding_dim=size.channels,
            mlp_dim=size.decoder_mlp,
            num_heads=size.decoder_heads,
        ),
        transformer_dim=size.channels,
        iou_head_depth=3,
        iou_head_hidden_dim=size.quality_hidden or size.channels,
    )
    fuse(decoder)
    speed_up_linear_layers(decoder)
    return decoder


def build_sam(size: SamSize | str, image_size: int = 1024) -> Sam:
    """Build a SAM with random weights and fused attention, in evaluation mode.

    It is the package's `Sam` for images of a side in pixels, with the state-dict names
    of the official checkpoints; a name is that of published sizes.
    """
    if isinstance(size, str):
        size = sam_size(size)
    sam = Sam(
        image_encoder=build_encoder(size, image_size),
        prompt_encoder=build_prompt_encoder(size, image_size),
        mask_decoder=build_mask_decoder(size),
    )
    return sam.eval()
