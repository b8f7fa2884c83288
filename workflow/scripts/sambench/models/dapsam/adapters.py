"""The adapters and the gates of DAPSAM's image encoder."""

from torch import Tensor, nn
from torch.nn import functional

from sambench.models.sam.linear import linear


class Bottleneck(nn.Module):
    """Two linear layers, narrow in between, with a gate on their input.

    The gate has no parameters: ``sigmoid(max + mean)`` of the input, per image column
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

    def __init__(self, width: int, hidden: int, gate: str):
        super().__init__()
        self.down = nn.Linear(width, hidden)
        self.up = nn.Linear(hidden, width)
        self.gate = gate

    def forward(self, x: Tensor) -> Tensor:
        """Map tokens `(B, H, W, C)` to a change of the same shape."""
        if self.gate == "channel":
            hidden = self.down(x * _openness(x.flatten(1, 2), 1)[:, None, None, :])
        elif self.gate == "column":
            # a factor per token may follow the linear map, which has fewer channels
            factor = _openness(x.transpose(1, 2).flatten(2), 2)[:, None, :, None]
            hidden = linear(x, self.down.weight) * factor + self.down.bias
        else:
            hidden = self.down(x)
        return self.up(functional.gelu(hidden))


def _openness(x: Tensor, axis: int) -> Tensor:
    return (x.amax(axis) + x.mean(axis)).sigmoid()
