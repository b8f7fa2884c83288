"""The residual branches of the exchange: feed-forward, and leaving a branch out.

The released code calls a class ``MSMixFFN`` that no public code defines. Its call
fixes the arguments [C]; that it is SegFormer's Mix-FFN, shared by all maps, is read
from the name [I]. The figure draws "Feed Forward" only, so the plain form exists as
well, and a recipe says which it used.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional


class DropPath(nn.Module):
    """Stochastic depth: drop samples in training, and scale what is kept [C].

    Parameters
    ----------
    rate : float
        Probability of dropping, in [0, 1).
    """

    def __init__(self, rate: float):
        super().__init__()
        self.rate = rate

    def forward(self, branch: Tensor) -> Tensor:
        """Drop samples of `(B, ...)`."""
        if self.rate == 0 or not self.training:
            return branch
        keep = 1 - self.rate
        shape = (len(branch),) + (1,) * (branch.ndim - 1)
        return branch * (branch.new_empty(shape).bernoulli_(keep) / keep)


class FeedForward(nn.Module):
    """Two linear layers with a GELU between them.

    Parameters
    ----------
    dim : int
        Channels in and out.
    hidden : int
        Channels between the layers.
    dropout : float
        After the GELU and after the second layer.
    """

    def __init__(self, dim: int, hidden: int, dropout: float = 0.0):
        super().__init__()
        self.fc1 = nn.Linear(dim, hidden)
        self.fc2 = nn.Linear(hidden, dim)
        self.dropout = nn.Dropout(dropout)

    def forward(self, tokens: Tensor, sizes: Sequence[tuple[int, int]] = ()) -> Tensor:
        """Transform tokens `(B, N, C)`, map after map, of maps of (height, width)."""
        hidden = functional.gelu(self.mix(self.fc1(tokens), sizes))
        return self.dropout(self.fc2(self.dropout(hidden)))

    def mix(self, hidden: Tensor, sizes: Sequence[tuple[int, int]]) -> Tensor:
        """Mix neighbours before the GELU: not in this form."""
        return hidden


class MixFeedForward(FeedForward):
    """A `FeedForward` that mixes each map's neighbours: depthwise 3 x 3, with bias."""

    def __init__(self, dim: int, hidden: int, dropout: float = 0.0):
        super().__init__(dim, hidden, dropout)
        self.depthwise = nn.Conv2d(hidden, hidden, 3, padding=1, groups=hidden)

    def mix(self, hidden: Tensor, sizes: Sequence[tuple[int, int]]) -> Tensor:
        """Convolve each map by itself, with the same weights."""
        lengths = [height * width for height, width in sizes]
        maps = []
        for part, size in zip(hidden.split(lengths, 1), sizes, strict=True):
            grid = part.unflatten(1, size).permute(0, 3, 1, 2)
            maps.append(self.depthwise(grid).permute(0, 2, 3, 1).flatten(1, 2))
        return maps[0] if len(maps) == 1 else torch.cat(maps, 1)


FEED_FORWARDS = {"mix": MixFeedForward, "mlp": FeedForward}
