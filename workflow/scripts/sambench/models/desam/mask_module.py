"""DeSAM's second half (PDMM): a U-shaped decoder of the mask embedding and the taps."""

from collections import OrderedDict
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

SQUEEZE = 16
SLOPE = 0.01  # of the leaky ReLU


class Residual(nn.Module):
    """Two convolutions with instance norm, squeeze and excitation, and a shortcut.

    Parameters
    ----------
    before, after : int
        Channels.
    """

    def __init__(self, before: int, after: int):
        super().__init__()
        self.conv1 = nn.Conv2d(before, after, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(after, after, 3, padding=1, bias=False)
        self.conv3 = None
        if before != after:
            self.conv3 = nn.Conv2d(before, after, 1, bias=False)
        self.squeeze = nn.Linear(after, after // SQUEEZE, bias=False)
        self.excite = nn.Linear(after // SQUEEZE, after, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map `(B, before, H, W)` to `(B, after, H, W)`."""
        out = functional.instance_norm(self.conv1(x))
        out = functional.leaky_relu(out, SLOPE)
        out = functional.instance_norm(self.conv2(out))
        gate = self.excite(functional.relu(self.squeeze(out.mean((2, 3))))).sigmoid()
        if self.conv3 is not None:
            x = functional.instance_norm(self.conv3(x))
        return functional.leaky_relu(out * gate[..., None, None] + x, SLOPE)


def _up(before: int, after: int) -> nn.Module:
    return nn.ConvTranspose2d(before, after, 2, stride=2, bias=False)


def _context(tap_width: int, width: int, times: int) -> nn.Module:
    """Build what enlarges a tap to the resolution of a level."""
    first = Residual(tap_width, width)
    enlarging = [
        nn.Sequential(
            OrderedDict(up=_up(width, width), residual=Residual(width, width))
        )
        for _ in range(times)
    ]
    return nn.Sequential(OrderedDict(first=first, enlarging=nn.Sequential(*enlarging)))


class _Joining(nn.Module):
    """Up to the next level, joined with its context."""

    def __init__(self, before: int, after: int):
        super().__init__()
        self.up = _up(before, after)
        self.residual = Residual(2 * after, after)

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        return self.residual(torch.cat([self.up(x), context], 1))


class MaskModule(nn.Module):
    """Decode a mask embedding and the taps of the encoder to logits.

    Parameters
    ----------
    tap_width : int
        Channels of the taps.
    widths : sequence of int
        Channels at each level, the coarsest first; that of the mask embedding first.
    """

    def __init__(self, tap_width: int, widths: Sequence[int]):
        super().__init__()
        self.contexts = nn.ModuleList(
            _context(tap_width, width, level) for level, width in enumerate(widths)
        )
        self.fusion = Residual(2 * widths[0], widths[0])
        pairs = pairwise(widths)
        self.joining = nn.ModuleList(_Joining(*pair) for pair in pairs)
        self.head = nn.Conv2d(widths[-1], 1, 1, bias=False)

    def forward(self, mask_embedding: Tensor, taps: Sequence[Tensor]) -> Tensor:
        """Compute logits `(B, 1, 4 g, 4 g)`, for three levels.

        Parameters
        ----------
        mask_embedding : Tensor, `(B, widths[0], g, g)`
        taps : sequence of Tensor, `(B, tap_width, g, g)`
            The shallowest first; the deepest joins the coarsest level.
        """
        contexts = [
            context(tap)
            for context, tap in zip(self.contexts, reversed(taps), strict=True)
        ]
        x = self.fusion(torch.cat([mask_embedding, contexts[0]], 1))
        for joining, context in zip(self.joining, contexts[1:], strict=True):
            x = joining(x, context)
        return self.head(x)
