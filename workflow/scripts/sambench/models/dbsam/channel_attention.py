"""Channel attention after each frozen stage: an inverted bottleneck with squeeze.

Known [C]: all of it, from the block ``MbConvBlock``. The paper's formula omits the GELU
after the depthwise convolution; the code has it, and so has this.
"""

from torch import Tensor, nn
from torch.nn import functional


class ChannelAttention(nn.Module):
    """Weigh the channels of a map by what the whole map holds.

    Parameters
    ----------
    channels : int
        Number of channels of the map.
    expansion : int
        Channels between the convolutions, in multiples of `channels`.
    squeezed : int, optional
        Channels that the weights are found with; by default a quarter of the above,
        rounded to eights.
    """

    def __init__(self, channels: int, expansion: int = 1, squeezed: int | None = None):
        super().__init__()
        inner = channels * expansion
        squeezed = squeezed or _round_to_eights(inner / 4)
        self.norm = nn.LayerNorm(channels, eps=1e-6)
        self.depthwise = nn.Conv2d(
            channels, inner, 3, padding=1, groups=channels, bias=False
        )
        self.squeeze = nn.Conv2d(inner, squeezed, 1, bias=False)
        self.excite = nn.Conv2d(squeezed, inner, 1, bias=False)
        self.pointwise = nn.Conv2d(inner, channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return the map `(B, H, W, C)` plus its weighted channels."""
        hidden = self.norm(x).permute(0, 3, 1, 2)
        hidden = functional.gelu(self.depthwise(hidden))
        summary = self.squeeze(hidden.mean((2, 3), keepdim=True))
        hidden = hidden * self.excite(functional.gelu(summary)).sigmoid()
        return x + self.pointwise(hidden).permute(0, 2, 3, 1)


def _round_to_eights(width: float) -> int:
    """Round to a multiple of 8, at least 8, not down by more than a tenth [C]."""
    rounded = max(8, int(width + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * width else rounded
