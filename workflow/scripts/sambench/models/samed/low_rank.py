"""Low-rank changes of queries and values in SAM's image encoder."""

import math

import torch
from torch import Tensor, nn

from sambench.models.sam.encoder import SamImageEncoder


class LowRankQueryValue(nn.Module):
    """The joint q, k, v layer with low-rank changes of q and v.

    Parameters
    ----------
    layer : nn.Linear
        SAM's, from C to 3 C; it stays as it is.
    rank : int
        Rank of both changes.
    """

    def __init__(self, layer: nn.Linear, rank: int):
        super().__init__()
        width = layer.in_features
        self.layer = layer
        self.down_q = nn.Linear(width, rank, bias=False)
        self.up_q = nn.Linear(rank, width, bias=False)
        self.down_v = nn.Linear(width, rank, bias=False)
        self.up_v = nn.Linear(rank, width, bias=False)
        for down in (self.down_q, self.down_v):
            nn.init.kaiming_uniform_(down.weight, a=math.sqrt(5))
        for up in (self.up_q, self.up_v):
            nn.init.zeros_(up.weight)

    def forward(self, x: Tensor) -> Tensor:
        """Map tokens `(..., C)` to `(..., 3 C)`."""
        q, k, v = self.layer(x).chunk(3, dim=-1)
        q = q + self.up_q(self.down_q(x))
        v = v + self.up_v(self.down_v(x))
        return torch.cat([q, k, v], dim=-1)


def add_low_rank(encoder: SamImageEncoder, rank: int) -> None:
    """Freeze an encoder and add trained low-rank changes to every block, in place."""
    encoder.requires_grad_(False)
    for block in encoder.blocks:
        layer = block.attn.qkv
        block.attn.qkv = LowRankQueryValue(layer, rank).to(layer.weight.device)
