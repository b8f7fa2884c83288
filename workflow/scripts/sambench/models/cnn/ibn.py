"""IBN-Net: instance normalisation beside or after batch normalisation (ECCV 2018).

Names of the modules are those of the authors' code (IBN-Net, `resnet_ibn.py`).
"""

import torch
from torch import Tensor, nn

from sambench.models.instance_norm import InstanceNorm2d


class IBN(nn.Module):
    """Normalise the first half of an even number of channels by instance.

    The others are normalised by batch. For an odd number the authors' code breaks.
    """

    def __init__(self, channels: int):
        super().__init__()
        self.half = channels // 2
        self.IN = InstanceNorm2d(self.half, affine=True)
        self.BN = nn.BatchNorm2d(channels - self.half)

    def forward(self, x: Tensor) -> Tensor:
        """Normalise `(N, C, H, W)`."""
        first, second = x[:, : self.half], x[:, self.half :]
        return torch.cat([self.IN(first), self.BN(second)], dim=1)


class NormalisedBlock(nn.Module):
    """A residual block whose sum is normalised by instance before its last ReLU.

    Parameters
    ----------
    block : nn.Module
        With conv1, bn1, act, conv2, bn2, downsample.
    """

    def __init__(self, block: nn.Module):
        super().__init__()
        for name, part in block.named_children():
            self.add_module(name, part)
        self.downsample = block.downsample
        self.IN = InstanceNorm2d(block.bn2.num_features, affine=True)

    def forward(self, x: Tensor) -> Tensor:
        """Map `(N, c, H, W)` to `(N, C, H', W')`."""
        out = self.bn2(self.conv2(self.act(self.bn1(self.conv1(x)))))
        rest = x if self.downsample is None else self.downsample(x)
        return self.act(self.IN(out + rest))


def insert_into_stage(stage: nn.Sequential, form: str) -> None:
    """Change one stage of residual blocks in place.

    Parameters
    ----------
    stage : nn.Sequential
        Residual blocks.
    form : "a" or "b"
        a: the first normalisation of every block becomes `IBN`; b: the sum of the last
        block is normalised by instance, not that of every block.
    """
    if form == "a":
        for block in stage:
            block.bn1 = IBN(block.bn1.num_features)
    else:
        stage[-1] = NormalisedBlock(stage[-1])
