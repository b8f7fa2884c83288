"""Dual-Norm's U-Net: every batch norm exists twice (Zhou et al., CVPR 2022).

Names of the parts are those of the authors' code (`unetdsbn.py`, `dsbn.py`).
"""

from collections.abc import Sequence
from typing import Annotated

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, relu

from sambench.models.cnn.padding import cropped, padded


class DomainNorm(nn.Module):
    """Batch norms, one for each of two branches; `branch` says which one is used."""

    def __init__(self, channels: int):
        super().__init__()
        self.bns = nn.ModuleList(nn.BatchNorm2d(channels) for _ in range(2))
        self.branch = 0

    def forward(self, x: Tensor) -> Tensor:
        """Normalise `(N, C, H, W)`."""
        return self.bns[self.branch](x)


class ConvD(nn.Sequential):
    """Halve, if not the first, then three convolutions; no ReLU after the first.

    Maps `(N, into, H, W)` become `(N, out, H/2, W/2)`.
    """

    def __init__(self, into: int, out: int, first: bool = False):
        super().__init__()
        self.pool = nn.Identity() if first else nn.MaxPool2d(2)
        for i in (1, 2, 3):
            conv = nn.Conv2d(into if i == 1 else out, out, 3, padding=1)
            self.add_module(f"conv{i}", conv)
            self.add_module(f"bn{i}", DomainNorm(out))
            if i > 1:
                self.add_module(f"relu{i}", nn.ReLU())


class ConvU(nn.Module):
    """Double, join with a skip of `width` channels, convolve: twice as many go out.

    The first and deepest one has no convolution before it doubles.
    """

    def __init__(self, width: int, first: bool = False):
        super().__init__()
        self.first = first
        if not first:
            self.conv1 = nn.Conv2d(4 * width, 2 * width, 3, padding=1)
            self.bn1 = DomainNorm(2 * width)
        self.conv2 = nn.Conv2d(2 * width, width, 1)
        self.bn2 = DomainNorm(width)
        self.conv3 = nn.Conv2d(2 * width, 2 * width, 3, padding=1)
        self.bn3 = DomainNorm(2 * width)

    def forward(self, below: Tensor, skip: Tensor) -> Tensor:
        """Return maps of the skip's size, `(N, 2 * width, H, W)`."""
        if not self.first:
            below = relu(self.bn1(self.conv1(below)))
        x = interpolate(below, scale_factor=2, mode="nearest")
        x = relu(self.bn2(self.conv2(x)))
        return relu(self.bn3(self.conv3(torch.cat([skip, x], dim=1))))


class DualNormUNet(nn.Module):
    """Segment images by one of two branches, which differ in their batch norms.

    Parameters
    ----------
    structures : int
        Channels of logits; the authors' network has one for the background too and a
        sigmoid on each.
    widths : sequence of int
        Channels of each level, each twice the one before.
    channels : int
        Number of channels of images.
    """

    def __init__(self, structures: int, widths: Sequence[int], channels: int = 3):
        super().__init__()
        self.levels = len(widths)
        self.multiple = 2 ** (self.levels - 1)
        into = (channels, *widths[:-1])
        for i, (before, after) in enumerate(zip(into, widths, strict=True), 1):
            self.add_module(f"convd{i}", ConvD(before, after, first=i == 1))
        for i in range(self.levels - 1, 0, -1):
            deepest = i == self.levels - 1
            self.add_module(f"convu{i}", ConvU(widths[i - 1], first=deepest))
        self.seg1 = nn.Conv2d(2 * widths[0], structures, 1)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out")

    @property
    def stages(self) -> dict[str, nn.Module]:
        """Encoder stages by name."""
        return {f"convd{i}": getattr(self, f"convd{i}") for i in self._numbers()}

    @property
    def norms(self) -> list[DomainNorm]:
        """Every pair of batch norms."""
        return [m for m in self.modules() if isinstance(m, DomainNorm)]

    def use(self, branch: int) -> None:
        """Choose the branch of the next passes."""
        for norm in self.norms:
            norm.branch = branch

    def forward(self, images: Tensor, prompts=None, cached=None) -> Tensor:
        """Map images `(N, 3, H, W)` to logits `(N, C, H, W)`."""
        x, skips = padded(images, self.multiple), []
        for i in self._numbers():
            x = getattr(self, f"convd{i}")(x)
            skips.append(x)
        skips.pop()
        for i in range(self.levels - 1, 0, -1):
            x = getattr(self, f"convu{i}")(x, skips.pop())
        return cropped(self.seg1(x), images)

    def _numbers(self) -> range:
        return range(1, self.levels + 1)


def build_dual_norm_unet(
    *, structures: int, width: int = 16, levels: Annotated[int, {"minimum": 2}] = 5
) -> DualNormUNet:
    """Build the network; each level has twice the channels of the one before."""
    return DualNormUNet(structures, [width * 2**i for i in range(levels)])
