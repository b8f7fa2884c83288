"""SAM's encoder on stacks of slices: FacT changes of q and v, depth adapters."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from sambench.errors import InputError
from sambench.models.sam.attention import attend
from sambench.models.sam.encoder import SamImageEncoder

DEPTH_WIDTH = 384  # whatever the ViT (image_encoder.py:167)


class FactQueryValue(nn.Module):
    """The joint q, k, v layer with tensor-train changes of q and v.

    Each change is ``scale * up(dropout(core(down x)))``; `down` and `up` are shared by
    all blocks and by q and v, and belong to the encoder.

    Parameters
    ----------
    layer : nn.Linear
        SAM's, from C to 3 C; it stays as it is.
    down, up : nn.Linear
        From C to the rank and back, without biases.
    scale : float
        Scale of both changes.
    dropout : float
        Between core and `up`.
    """

    def __init__(
        self,
        layer: nn.Linear,
        down: nn.Linear,
        up: nn.Linear,
        scale: float,
        dropout: float,
    ):
        super().__init__()
        rank = down.out_features
        self.layer = layer
        self.core_q = nn.Linear(rank, rank, bias=False)
        self.core_v = nn.Linear(rank, rank, bias=False)
        self.scale, self.dropout = scale, dropout
        self._shared = (down, up)  # a tuple: they are parameters of the encoder

    def forward(self, x: Tensor) -> Tensor:
        """Map tokens `(..., C)` to `(..., 3 C)`."""
        down, up = self._shared
        q, k, v = self.layer(x).chunk(3, dim=-1)
        low = down(x)
        q, v = (
            part
            + self.scale
            * up(functional.dropout(core(low), self.dropout, self.training))
            for part, core in ((q, self.core_q), (v, self.core_v))
        )
        return torch.cat([q, k, v], dim=-1)


class DepthAdapter(nn.Module):
    """Adds to tokens what a convolution over the slices of a stack makes of them.

    Parameters
    ----------
    width : int
        Width of the tokens.
    hidden : int
        Channels of the convolution.
    """

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
    """SAM's encoder with MA-SAM's changes; made by `add_ma_sam`.

    Images are stacks of neighbouring slices, one after the other.

    Attributes
    ----------
    slices : int
        Number of slices of a stack.
    """

    slices: int

    def block_outputs(self, images: Tensor):
        """Yield the tokens `(stacks * slices, H, W, C)` after each block, in order."""
        if len(images) % self.slices:
            raise InputError(
                where="MA-SAM",
                found=f"{len(images)} slices",
                expected=f"whole stacks of {self.slices} neighbours",
                remedy=f"Set the recipe's input.context to {self.slices}",
            )
        yield from super().block_outputs(images)

    def _block(self, index: int, tokens: Tensor) -> Tensor:
        block = self.blocks[index]
        tokens = self.before_attention[index](tokens, self.slices)
        tokens = tokens + attend(block, block.norm1(tokens))
        tokens = self.before_mlp[index](tokens, self.slices)
        return tokens + block.mlp(block.norm2(tokens))


def add_ma_sam(
    encoder: SamImageEncoder,
    *,
    rank: int = 32,
    scale: float = 1.0,
    dropout: float = 0.1,
    hidden: int = DEPTH_WIDTH,
    slices: int = 5,
) -> None:
    """Freeze an encoder and turn it into a `MaSamEncoder`, in place.

    New layers start as torch's do, but for the last of FacT, which is zero.

    Parameters
    ----------
    encoder : SamImageEncoder
        With its weights.
    rank, scale, dropout
        Of FacT.
    hidden : int
        Channels of the depth adapters.
    slices : int
        Number of slices of a stack.
    """
    encoder.requires_grad_(False)
    width = encoder.pos_embed.shape[-1]
    with encoder.pos_embed.device:
        encoder.fact_down = nn.Linear(width, rank, bias=False)
        encoder.fact_up = nn.Linear(rank, width, bias=False)
        nn.init.zeros_(encoder.fact_up.weight)
        for block in encoder.blocks:
            block.attn.qkv = FactQueryValue(
                block.attn.qkv, encoder.fact_down, encoder.fact_up, scale, dropout
            )
        for name in ("before_attention", "before_mlp"):
            adapters = (DepthAdapter(width, hidden) for _ in encoder.blocks)
            setattr(encoder, name, nn.ModuleList(adapters))
    encoder.__class__ = MaSamEncoder
    encoder.slices = slices
