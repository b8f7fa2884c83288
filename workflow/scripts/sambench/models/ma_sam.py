"""MA-SAM (2023): SAM on windows of neighbouring slices, low-rank and depth adapters.

As its published code (0c3cd90) computes it, which ``python -m sambench parity`` checks.
"""

from collections.abc import Iterable
from functools import partial
from itertools import pairwise, repeat
from typing import Annotated, Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from sambench.errors import InputError
from sambench.models.sam.attention import attend
from sambench.models.sam.automatic import SoftmaxSam, build_softmax_sam, replace_decoder
from sambench.models.sam.build import SamSize
from sambench.models.sam.encoder import SamImageEncoder
from sambench.models.sam.low_rank import (
    ChangedQueryValue,
    as_autocast,
    to_query_and_value,
)
from sambench.models.sam.package import MLP, LayerNorm2d, MaskDecoder
from sambench.models.sam.renaming import Renaming

DEPTH_WIDTH = 384  # whatever the ViT (image_encoder.py:167)


class FactQueryValue(ChangedQueryValue):
    """The joint q, k, v layer with tensor-train changes of q and v.

    Each change is ``scale * up(dropout(core(down x)))``; `down` and `up` are shared by
    all blocks and by q and v, and belong to the encoder.

    Parameters
    ----------
    layer : nn.Linear
        SAM's, from C to 3 C; it stays as it is.
    rank : int
        Of the changes.
    dropout : float
        Between core and `up`.
    """

    def __init__(self, layer: nn.Linear, rank: int, dropout: float):
        super().__init__(layer, dropout)
        self.core_q = nn.Linear(rank, rank, bias=False)
        self.core_v = nn.Linear(rank, rank, bias=False)


class DepthAdapter(nn.Module):
    """Adds to tokens what a convolution over the slices of a stack makes of them."""

    def __init__(self, width: int, hidden: int):
        super().__init__()
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.down = nn.Linear(width, hidden, bias=False)
        self.conv = nn.Conv3d(hidden, hidden, (3, 1, 1), padding=(1, 0, 0))
        self.up = nn.Linear(hidden, width, bias=False)

    def forward(self, x: Tensor, slices: int) -> Tensor:
        """Change tokens `(stacks * slices, H, W, C)`."""
        low = self.down(self.norm(x)).unflatten(0, (-1, slices))
        low = self.conv(low.permute(0, 4, 1, 2, 3)).permute(0, 2, 3, 4, 1)
        return x + self.up(functional.gelu(low.flatten(0, 1)))


class MaSamEncoder(SamImageEncoder):
    """SAM's encoder with MA-SAM's changes; made by `adapt`.

    Images are stacks of neighbouring slices, one after the other.

    Attributes
    ----------
    slices : int
        Number of slices of a stack.
    scale : float
        Scale of the changes of q and v.
    """

    slices: int
    scale: float

    def contexts(self, images: Tensor, patches: Tensor) -> Iterable[tuple[Tensor, ...]]:
        """Return the changes of each block: its cores between the shared layers.

        Raises
        ------
        InputError
            If the images are no whole stacks.
        """
        if len(images) % self.slices:
            raise InputError(
                where="MA-SAM",
                found=f"{len(images)} slices",
                expected=f"whole stacks of {self.slices} neighbours",
                remedy=f"Set the recipe's input.context to {self.slices}",
            )
        parts = [block.attn.qkv for block in self.blocks]
        cores = torch.stack(
            [core.weight for part in parts for core in (part.core_q, part.core_v)]
        )
        inner = (cores @ self.fact_down.weight).unflatten(0, (len(parts), 2))
        up = self.scale * self.fact_up.weight
        outer = as_autocast(to_query_and_value(up, up))
        return zip(as_autocast(inner.flatten(1, 2)).unbind(), repeat(outer))

    def _block(self, index: int, tokens: Tensor, *folded: Tensor) -> Tensor:
        block = self.blocks[index]
        tokens = self.before_attention[index](tokens, self.slices)
        tokens = tokens + attend(block, block.norm1(tokens), folded=folded)
        tokens = self.before_mlp[index](tokens, self.slices)
        return tokens + block.mlp(block.norm2(tokens))


class FullSizeDecoder(MaskDecoder):
    """SAM's decoder that enlarges sixteen times, not four; the arguments are the same.

    SAM's weights fit the first two enlarging layers and the first norm.
    """

    def __init__(self, *, transformer_dim: int, **arguments: Any):
        super().__init__(transformer_dim=transformer_dim, **arguments)
        widths = [transformer_dim // by for by in (1, 4, 8, 16, 32)]
        layers: list[nn.Module] = []
        for before, after in pairwise(widths):
            enlarge = nn.ConvTranspose2d(before, after, 2, stride=2)
            layers += [enlarge, LayerNorm2d(after), nn.GELU()]
        del layers[-2]  # no norm after the last
        self.output_upscaling = nn.Sequential(*layers)
        self.output_hypernetworks_mlps = nn.ModuleList(
            MLP(transformer_dim, transformer_dim, widths[-1], 3)
            for _ in range(self.num_mask_tokens)
        )


def build(
    *,
    rank: Annotated[int, {"minimum": 1}] = 32,
    scale: float = 1.0,
    dropout: Annotated[float, {"minimum": 0, "maximum": 1}] = 0.1,
    slices: Annotated[int, {"minimum": 1}] = 5,
    **options: Annotated[Any, "sambench.models.sam.automatic:build_softmax_sam"],
) -> SoftmaxSam:
    """Build MA-SAM on a pretrained SAM.

    Arguments are those of `adapt` and `build_softmax_sam`.
    """
    own = {"rank": rank, "scale": scale, "dropout": dropout, "slices": slices}
    return build_softmax_sam(partial(adapt, **own), **options)


def adapt(
    sam: nn.Module,
    size: SamSize,
    n_masks: int,
    *,
    rank: int = 32,
    scale: float = 1.0,
    dropout: float = 0.1,
    hidden: int = DEPTH_WIDTH,
    slices: int = 5,
) -> None:
    """Freeze and extend a SAM as MA-SAM does, in place.

    New layers start as torch's do, but for the last of FacT, which is zero.

    Parameters
    ----------
    sam : nn.Module
        With its weights.
    size : SamSize
        Size of the SAM.
    n_masks : int
        Classes with the background.
    rank, scale, dropout
        Rank, scale and dropout of the tensor-train changes of q and v.
    hidden : int
        Channels of the depth adapters.
    slices : int
        Neighbouring slices of a window; the recipe's `input.context`.
    """
    replace_decoder(sam, size, n_masks, FullSizeDecoder)
    encoder = sam.image_encoder
    width = encoder.pos_embed.shape[-1]
    with encoder.pos_embed.device:
        encoder.fact_down = nn.Linear(width, rank, bias=False)
        encoder.fact_up = nn.Linear(rank, width, bias=False)
        nn.init.zeros_(encoder.fact_up.weight)
        for block in encoder.blocks:
            block.attn.qkv = FactQueryValue(block.attn.qkv, rank, dropout)
        encoder.before_attention, encoder.before_mlp = (
            nn.ModuleList(DepthAdapter(width, hidden) for _ in encoder.blocks)
            for _ in range(2)
        )
    encoder.__class__ = MaSamEncoder
    encoder.slices, encoder.scale = slices, scale


_VIT = "sam.image_encoder.ImageEncoderViT"
_BLOCK = f"{_VIT}.blocks.{{i}}.Block"
_ATTENTION = f"{_BLOCK}.attn.Attention"
_OURS = "sam.image_encoder"
_OUR_BLOCK = f"{_OURS}.blocks.{{i}}"


def _adapter(ending: str, place: str) -> list[tuple[str, str]]:
    names = {"norm": "norm", "linear_down": "down", "conv": "conv", "linear_up": "up"}
    return [
        (f"{_BLOCK}.adapter_{theirs}{ending}", f"{_OURS}.{place}.{{i}}.{ours}")
        for theirs, ours in names.items()
    ]


NAMES = Renaming(
    [
        ("FacTu", f"{_OURS}.fact_down"),
        ("FacTv", f"{_OURS}.fact_up"),
        *_adapter("", "before_attention"),
        *_adapter("_2", "before_mlp"),
        (f"{_ATTENTION}.qkv.qkv", f"{_OUR_BLOCK}.attn.qkv.layer"),
        (f"{_ATTENTION}.qkv.q_FacTs", f"{_OUR_BLOCK}.attn.qkv.core_q"),
        (f"{_ATTENTION}.qkv.v_FacTs", f"{_OUR_BLOCK}.attn.qkv.core_v"),
        (_ATTENTION, f"{_OUR_BLOCK}.attn"),
        (_BLOCK, _OUR_BLOCK),
        (_VIT, _OURS),
    ]
)
