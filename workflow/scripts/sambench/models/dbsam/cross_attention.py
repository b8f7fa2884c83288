"""The block by which maps read other maps: deformable attention and feed-forward.

Known [C]: norms, residuals, drop rates, that query maps are treated as one sequence
of tokens. Not known: the feed-forward, see `feed_forward`.
"""

from collections.abc import Sequence
from typing import Annotated

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from sambench.models.dbsam.deformable_attention import (
    DeformableAttention,
    pixel_centres,
)
from sambench.models.dbsam.feed_forward import FEED_FORWARDS, DropPath


class CrossAttentionBlock(nn.Module):
    """Update query maps with what they read from value maps.

    Without layer scale [C], so the block changes its input from the first step on.

    Parameters
    ----------
    dim : int
        Channels of all maps.
    heads : int
        Attention heads.
    levels : int
        Value maps.
    points : int
        Points per head and level.
    ffn : str
        ``"mix"`` or ``"mlp"``.
    expansion : float
        Hidden channels of the feed-forward, in multiples of `dim`.
    attention_dropout, dropout : float
        After the attention, and within the feed-forward.
    drop_path : float
        Drop-path probability of both residual branches, drawn per sample.
    checkpointing : bool
        Keep the inputs only and compute the block again for its gradient.
    """

    def __init__(
        self,
        dim: int,
        heads: int = 12,
        levels: int = 1,
        points: int = 4,
        *,
        ffn: Annotated[str, "sambench.models.dbsam.feed_forward:FEED_FORWARDS"] = "mix",
        expansion: float = 4,
        attention_dropout: float = 0.1,
        dropout: float = 0.1,
        drop_path: float = 0.3,
        checkpointing: bool = False,
    ):
        super().__init__()
        self.checkpointing = checkpointing
        self.query_norm = nn.LayerNorm(dim)
        self.value_norm = nn.LayerNorm(dim)
        self.attention = DeformableAttention(dim, heads, levels, points)
        self.attention_dropout = nn.Dropout(attention_dropout)
        self.ffn_norm = nn.LayerNorm(dim)
        self.ffn = FEED_FORWARDS[ffn](dim, round(expansion * dim), dropout)
        self.drop_path = DropPath(drop_path)

    def forward(
        self, queries: Sequence[Tensor], values: Sequence[Tensor]
    ) -> list[Tensor]:
        """Return query maps `(B, H, W, C)` of any sizes, updated by a map per level."""
        if self.checkpointing and torch.is_grad_enabled():
            return checkpoint(self._update, queries, values, use_reentrant=False)
        return self._update(queries, values)

    def _update(
        self, queries: Sequence[Tensor], values: Sequence[Tensor]
    ) -> list[Tensor]:
        sizes = [tuple(query.shape[1:3]) for query in queries]
        tokens = torch.cat([query.flatten(1, 2) for query in queries], 1)
        reference = pixel_centres(sizes, tokens.device)
        read = self.attention(
            self.query_norm(tokens), reference, [self.value_norm(v) for v in values]
        )
        tokens = tokens + self.drop_path(self.attention_dropout(read))
        tokens = tokens + self.drop_path(self.ffn(self.ffn_norm(tokens), sizes))
        parts = tokens.split([height * width for height, width in sizes], 1)
        return [p.unflatten(1, size) for p, size in zip(parts, sizes, strict=True)]
