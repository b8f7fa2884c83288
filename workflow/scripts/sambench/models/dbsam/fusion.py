"""The last step of the two branches: one map of the ViT's and the convolutions'.

Known [C]: every form, from the released code; which one made the paper's numbers is
not. `GatedSum` has the paper's formula [F].
"""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn

from sambench.models.dbsam.channel_attention import ChannelAttention
from sambench.models.dbsam.feed_forward import DropPath, FeedForward

REDUCTION = 12  # 768 channels to 64
DROP_PATH = 0.3


class GateHead(nn.Sequential):
    """The logits of a gate: reduce, SiLU, layer norm, restore.

    Channels are reduced to a twelfth by default.
    """

    def __init__(self, dim: int, hidden: int | None = None):
        hidden = hidden or max(1, dim // REDUCTION)
        super().__init__(
            nn.Linear(dim, hidden, bias=False),
            nn.SiLU(),
            nn.LayerNorm(hidden),
            nn.Linear(hidden, dim, bias=False),
        )


class Fusion(nn.Module):
    """A fusion: the map of the ViT and those of the convolutions to one map.

    The first argument of each is the number of channels of the maps.
    """

    def forward(self, vit: Tensor, conv: Sequence[Tensor]) -> Tensor:
        """Fuse maps `(B, H, W, C)`: one of the convolutions, but for `SoftmaxSum`."""
        raise NotImplementedError


class GatedFusion(Fusion):
    """A gate between two maps, then a feed-forward of their sum.

    The code weighs the convolutions' map by the gate and the paper the ViT's: with
    learned weights the same functions.

    Parameters
    ----------
    dim : int
        Channels of the maps.
    hidden : int, optional
        Channels within the heads of the gate, by default a twelfth of `dim`.
    drop_path : float
        Drop-path probability of the feed-forward.
    """

    def __init__(
        self, dim: int, *, hidden: int | None = None, drop_path: float = DROP_PATH
    ):
        super().__init__()
        self.ffn_norm = nn.LayerNorm(dim)
        self.ffn = FeedForward(dim, 4 * dim)
        self.drop_path = DropPath(drop_path)
        self.add_heads(dim, hidden)

    def add_heads(self, dim: int, hidden: int | None) -> None:
        """Add what gives the logits of the gate."""
        raise NotImplementedError

    def gate(self, vit: Tensor, conv: Tensor) -> Tensor:
        """Compute the logits of the gate, which broadcast to `(B, H, W, C)`."""
        raise NotImplementedError

    def forward(self, vit: Tensor, conv: Sequence[Tensor]) -> Tensor:
        """Fuse two maps, see `Fusion`."""
        (conv,) = conv
        gate = self.gate(vit, conv).sigmoid()
        return self.refine(conv * gate + vit * (1 - gate))

    def refine(self, fused: Tensor) -> Tensor:
        """Add the feed-forward of a map `(B, H, W, C)`."""
        return fused + self.drop_path(self.ffn(self.ffn_norm(fused)))


class GatedSum(GatedFusion):
    """``DANE3``, the paper's: a gate per pixel and channel from both maps."""

    def add_heads(self, dim: int, hidden: int | None) -> None:
        """Add a head for each map."""
        self.conv_head = GateHead(dim, hidden)
        self.vit_head = GateHead(dim, hidden)

    def gate(self, vit: Tensor, conv: Tensor) -> Tensor:
        """Compute the logits `(B, H, W, C)`."""
        return self.conv_head(conv) + self.vit_head(vit)


class SplitGatedSum(GatedFusion):
    """``DANE``: a gate of a term per pixel (convolutions) and one per channel (ViT)."""

    def add_heads(self, dim: int, hidden: int | None) -> None:
        """Add a head for each term."""
        reduce = nn.Linear(dim, 1, bias=False)
        self.pixel_head = nn.Sequential(nn.LayerNorm(dim), reduce)
        self.channel_head = GateHead(dim, hidden)

    def gate(self, vit: Tensor, conv: Tensor) -> Tensor:
        """Compute the logits `(B, H, W, C)`."""
        of_channels = self.channel_head(vit.mean((1, 2), keepdim=True))
        return self.pixel_head(conv) + of_channels


class SoftmaxSum(GatedFusion):
    """``MultiConvFeatsDANE``, the released configuration's: any number of maps.

    Parameters
    ----------
    dim, hidden, drop_path
        As of `GatedFusion`.
    maps : int
        Maps of the convolutions. The released configuration says 5 and gives 4, which
        leaves one head without use.
    """

    def __init__(
        self,
        dim: int,
        *,
        maps: int = 4,
        hidden: int | None = None,
        drop_path: float = DROP_PATH,
    ):
        self.maps = maps
        super().__init__(dim, hidden=hidden, drop_path=drop_path)

    def add_heads(self, dim: int, hidden: int | None) -> None:
        """Add a head for each map."""
        heads = (GateHead(dim, hidden) for _ in range(self.maps))
        self.conv_heads, self.vit_head = nn.ModuleList(heads), GateHead(dim, hidden)

    def forward(self, vit: Tensor, conv: Sequence[Tensor]) -> Tensor:
        """Fuse all maps, see `Fusion`."""
        logits = [head(x) for head, x in zip(self.conv_heads, conv, strict=False)]
        shares = torch.stack([*logits, self.vit_head(vit)]).softmax(0)
        parts = zip(shares, (*conv, vit), strict=True)
        return self.refine(sum(share * x for share, x in parts))


class HadamardFusion(Fusion):
    """``HadamardProduct``: a gate from the product of both maps."""

    def __init__(self, dim: int):
        super().__init__()
        self.query = nn.Conv2d(dim, dim, 1)
        self.key = nn.Conv2d(dim, dim, 1)
        self.gate = nn.Sequential(nn.Conv2d(dim, dim, 1), nn.BatchNorm2d(dim))

    def forward(self, vit: Tensor, conv: Sequence[Tensor]) -> Tensor:
        """Fuse two maps, see `Fusion`."""
        (conv,) = conv
        product = self.query(_channels_first(vit)) * self.key(_channels_first(conv))
        gate = self.gate(product).sigmoid().permute(0, 2, 3, 1)
        return gate * vit + (1 - gate) * conv


class ConcatFusion(Fusion):
    """``ConcatAggregationBlock``: side by side, then `ChannelAttention`."""

    def __init__(self, dim: int, expansion: int = 4, squeezed: int | None = None):
        super().__init__()
        self.merge = nn.Conv2d(2 * dim, dim, 1)
        self.attention = ChannelAttention(dim, expansion, squeezed)

    def forward(self, vit: Tensor, conv: Sequence[Tensor]) -> Tensor:
        """Fuse two maps, see `Fusion`."""
        both = _channels_first(torch.cat([vit, *conv], -1))
        return self.attention(self.merge(both).permute(0, 2, 3, 1))


class SumFusion(Fusion):
    """``Add``: the sum of both maps, without parameters."""

    def __init__(self, dim: int):
        super().__init__()

    def forward(self, vit: Tensor, conv: Sequence[Tensor]) -> Tensor:
        """Fuse two maps, see `Fusion`."""
        return sum(conv, start=vit)


class SelectFusion(Fusion):
    """``Select``: the map of the branch ``"vit"`` or ``"conv"`` as it is."""

    def __init__(self, dim: int, branch: Literal["vit", "conv"] = "vit"):
        super().__init__()
        self.branch = branch

    def forward(self, vit: Tensor, conv: Sequence[Tensor]) -> Tensor:
        """Choose, see `Fusion`."""
        if self.branch == "vit":
            return vit
        (conv,) = conv
        return conv


FUSIONS: dict[str, type[Fusion]] = {
    "DANE": SplitGatedSum,
    "DANE3": GatedSum,
    "MultiConvFeatsDANE": SoftmaxSum,
    "Hadamard": HadamardFusion,
    "Concat": ConcatFusion,
    "Add": SumFusion,
    "Select": SelectFusion,
}


def _channels_first(x: Tensor) -> Tensor:
    return x.permute(0, 3, 1, 2)
