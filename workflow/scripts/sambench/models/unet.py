"""The U-Net of nnU-Net with residual blocks, as MONAI's `DynUNet` builds it.

Written out because it is all that most jobs would need of MONAI, whose import takes
longer than many predictions. A test compares it with MONAI's, weight by weight.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Any

import torch
from torch import Tensor, nn

from sambench.models.instance_norm import InstanceNorm2d


class UNet(nn.Module):
    """A 2D U-Net with residual blocks, instance norm and leaky ReLU.

    Sides of images are divisible by two to the power of levels less one.

    Parameters
    ----------
    features : sequence of int
        Widths from the finest level to the coarsest, three or more; each level halves
        the resolution.
    structures : int
        Channels of logits.
    """

    def __init__(
        self,
        *,
        features: Annotated[
            Sequence[int], {"minItems": 3, "items": {"type": "integer", "minimum": 1}}
        ],
        structures: int,
    ):
        super().__init__()
        self.input_block = _Block(3, features[0], stride=1)
        downwards = list(pairwise(features))
        self.downsamples = nn.ModuleList(
            _Block(into, out, stride=2) for into, out in downwards[:-1]
        )
        self.bottleneck = _Block(*downwards[-1], stride=2)
        self.upsamples = nn.ModuleList(
            _Up(below, above) for above, below in reversed(downwards)
        )
        self.output_block = nn.Conv2d(features[0], structures, 1)
        self.apply(_initialise)

    @property
    def stages(self) -> dict[str, nn.Module]:
        """Encoder stages by number, the finest first."""
        parts = [self.input_block, *self.downsamples, self.bottleneck]
        return {str(number): part for number, part in enumerate(parts, start=1)}

    def forward(
        self, images: Tensor, prompts: Any = None, cached: Tensor | None = None
    ) -> Tensor:
        """Segment images `(B, 3, H, W)`: logits `(B, C, H, W)`."""
        x, skips = self.input_block(images), []
        for block in (*self.downsamples, self.bottleneck):
            skips.append(x)
            x = block(x)
        for up in self.upsamples:
            x = up(x, skips.pop())
        return self.output_block(x)


class _Plain(nn.Module):
    """Two convolutions, each with instance norm and leaky ReLU."""

    def __init__(self, into: int, out: int, stride: int = 1):
        super().__init__()
        self.conv1 = nn.Conv2d(into, out, 3, stride, padding=1, bias=False)
        self.conv2 = nn.Conv2d(out, out, 3, padding=1, bias=False)
        self.norm1 = InstanceNorm2d(out, affine=True)
        self.norm2 = InstanceNorm2d(out, affine=True)
        self.relu = nn.LeakyReLU(0.01, inplace=True)

    def residual(self, x: Tensor) -> Tensor | None:
        return None

    def forward(self, x: Tensor) -> Tensor:
        residual = self.residual(x)
        x = self.norm2(self.conv2(self.relu(self.norm1(self.conv1(x)))))
        return self.relu(x if residual is None else x + residual)


class _Block(_Plain):
    """The same around which the input goes, too, projected if its shape changes."""

    def __init__(self, into: int, out: int, stride: int):
        super().__init__(into, out, stride)
        self.conv3 = self.norm3 = None
        if into != out or stride != 1:
            self.conv3 = nn.Conv2d(into, out, 1, bias=False)
            self.norm3 = InstanceNorm2d(out, affine=True)

    def residual(self, x: Tensor) -> Tensor:
        if self.conv3 is None:
            return x
        # A stride of the convolution itself corrupts the memory of torch 2.13 on CPUs
        # if its weights have channels last, as compiled ones have, and x has not.
        step = self.conv1.stride[0]
        return self.norm3(self.conv3(x[..., ::step, ::step]))


class _Up(nn.Module):
    """Double the resolution, join the skip and convolve twice."""

    def __init__(self, below: int, above: int):
        super().__init__()
        self.transp_conv = nn.ConvTranspose2d(below, above, 2, stride=2, bias=False)
        self.conv_block = _Plain(2 * above, above)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        return self.conv_block(torch.cat([self.transp_conv(x), skip], dim=1))


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.kaiming_normal_(module.weight, a=0.01)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
