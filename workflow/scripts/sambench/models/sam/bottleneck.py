"""The adapters of Med-SA, and of DAPSAM with its gates."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from sambench.models.sam.linear import linear


class Bottleneck(nn.Module):
    """Two linear layers, narrow in between, with a gate on their input if asked for.

    A gate has no parameters: ``sigmoid(max + mean)`` of the input, per image column
    or per channel.

    Parameters
    ----------
    width : int
        Channels of input and output.
    hidden : int
        Channels in between.
    gate : str
        ``"channel"``: over rows and columns. ``"column"``: over rows and channels, as
        the published code gates before its blocks, because a module for channels-last
        tensors is given channels first. ``"none"``: no gate.
    """

    def __init__(self, width: int, hidden: int, gate: str = "none"):
        super().__init__()
        self.down = nn.Linear(width, hidden)
        self.up = nn.Linear(hidden, width)
        self.gate = gate

    def forward(self, x: Tensor) -> Tensor:
        """Map tokens `(B, H, W, C)` to a change of the same shape."""
        if self.gate == "channel":
            hidden = self.down(x * _openness(x, (1, 2)))
        elif self.gate == "column":
            # a factor per token may follow the linear map, which has fewer channels
            mapped = linear(x, self.down.weight)
            hidden = torch.addcmul(self.down.bias, mapped, _openness(x, (1, 3)))
        else:
            hidden = self.down(x)
        return self.up(functional.gelu(hidden))


def _openness(x: Tensor, axes: tuple[int, int]) -> Tensor:
    return (x.amax(axes, True) + x.mean(axes, True)).sigmoid()
