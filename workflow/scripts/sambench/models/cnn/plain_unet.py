"""The plain U-Net of the audit: batch norm, leaky ReLU, five levels."""

from collections.abc import Sequence
from typing import Annotated, Literal

import torch
from torch import Tensor, nn

from sambench.models.cnn.ibn import IBN
from sambench.models.cnn.padding import cropped, padded
from sambench.models.cnn.resnet_unet import split_channels


class PlainUNet(nn.Module):
    """Segment images by a plain U-Net.

    Parameters
    ----------
    structures : int
        Channels of logits.
    widths : sequence of int
        Channels of each level; each halves the resolution.
    ibn : "a", optional
        Normalise half of the channels by instance after the first convolution of the
        first three levels (IBN-Net-a).
    channel_prompt : bool
        Split the first feature maps into content and style by a learned prompt, as
        CCSDG does; only content goes on.
    """

    def __init__(
        self,
        *,
        structures: int,
        widths: Annotated[Sequence[int], {"minItems": 2}] = (32, 64, 128, 256, 512),
        ibn: Literal["a"] | None = None,
        channel_prompt: bool = False,
    ):
        super().__init__()
        prompt = torch.randn(2, widths[0], 1, 1) if channel_prompt else None
        self.channel_prompt = None if prompt is None else nn.Parameter(prompt)
        self.multiple = 2 ** (len(widths) - 1)
        self.blocks = nn.ModuleList(
            _twice(into, out)
            for into, out in zip((3, *widths[:-1]), widths, strict=True)
        )
        self.pool = nn.MaxPool2d(2)
        upwards = list(zip(widths[:0:-1], widths[-2::-1], strict=True))
        self.up = nn.ModuleList(
            nn.ConvTranspose2d(below, above, 2, stride=2) for below, above in upwards
        )
        self.joined = nn.ModuleList(_twice(2 * above, above) for _, above in upwards)
        self.head = nn.Conv2d(widths[0], structures, 1)
        for block in self.blocks[: 3 if ibn else 0]:
            block[1] = IBN(block[1].num_features)
        # CSDG's step of 8 slices of 96 px on a CPU: 164 ms, with channels first 258.
        self.to(memory_format=torch.channels_last)

    @property
    def stages(self) -> dict[str, nn.Module]:
        """Encoder blocks by number from 1, before skip and pooling."""
        return {str(i): block for i, block in enumerate(self.blocks, 1)}

    def split(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return first feature maps of content and of style, `(N, C, H, W)`."""
        return split_channels(self.blocks[0][0](images), self.channel_prompt)[1:]

    def _first(self, images: Tensor) -> Tensor:
        if self.channel_prompt is None:
            return self.blocks[0](images)
        return self.blocks[0][1:](self.split(images)[0])

    def features(self, images: Tensor) -> Tensor:
        """Return what the head reads, `(N, widths[0], H', W')` of padded images."""
        x, skips = padded(images, self.multiple), []
        for number, block in enumerate(self.blocks):
            x = block(self.pool(x)) if number else self._first(x)
            skips.append(x)
        skips.pop()
        for up, joined in zip(self.up, self.joined, strict=True):
            x = joined(torch.cat([up(x), skips.pop()], dim=1))
        return x

    def forward(self, images: Tensor, prompts=None, cached=None) -> Tensor:
        """Map images `(N, 3, H, W)` to logits `(N, C, H, W)`."""
        return cropped(self.head(self.features(images)), images)


def _twice(into: int, out: int) -> nn.Sequential:
    layers = []
    for channels in (into, out):
        layers += [
            nn.Conv2d(channels, out, 3, padding=1, bias=False),
            nn.BatchNorm2d(out),
            nn.LeakyReLU(0.01),
        ]
    return nn.Sequential(*layers)
