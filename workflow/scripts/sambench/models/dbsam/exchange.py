"""How the two branches exchange features after a stage of the ViT."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor, nn

from sambench.models.dbsam.cross_attention import CrossAttentionBlock


class BilateralExchange(nn.Module):
    """The paper's: each branch reads the other as it was before the exchange [C][F].

    Parameters
    ----------
    dim, heads : int
        Width and number of heads of the blocks.
    levels : int
        Maps of the convolution branch.
    **block
        Other arguments of `CrossAttentionBlock`.
    """

    def __init__(self, dim: int, heads: int, levels: int, **block: Any):
        super().__init__()
        self.to_vit = CrossAttentionBlock(dim, heads, levels, **block)
        self.to_conv = CrossAttentionBlock(dim, heads, 1, **block)

    def forward(
        self, vit: Tensor, conv: Sequence[Tensor]
    ) -> tuple[Tensor, list[Tensor]]:
        """Return the updated map `(B, H, W, C)` of the ViT and those of the branch."""
        (updated,) = self.to_vit([vit], conv)
        return updated, self.to_conv(conv, [vit])


class JointExchange(nn.Module):
    """The released configuration's: all maps read all maps, twice [C].

    The arguments are those of `BilateralExchange`.
    """

    def __init__(self, dim: int, heads: int, levels: int, **block: Any):
        super().__init__()
        self.first = CrossAttentionBlock(dim, heads, levels + 1, **block)
        self.second = CrossAttentionBlock(dim, heads, levels + 1, **block)

    def forward(
        self, vit: Tensor, conv: Sequence[Tensor]
    ) -> tuple[Tensor, list[Tensor]]:
        """Return the updated map `(B, H, W, C)` of the ViT and those of the branch."""
        maps = [vit, *conv]
        maps = self.first(maps, maps)
        maps = self.second(maps, maps)
        return maps[0], maps[1:]


EXCHANGES = {"bilateral": BilateralExchange, "joint": JointExchange}
