"""The plain U-Net of the open re-run: batch norm, leaky ReLU, five levels."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from sambench.models.cnn.padding import cropped, padded


class PlainUNet(nn.Module):
    """Segment images by a plain U-Net.

    Parameters
    ----------
    structures : int
        Channels of logits.
    widths : sequence of int
        Channels of each level; each halves the resolution.
    """

    def __init__(self, structures: int, widths: Sequence[int]):
        super().__init__()
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

    @property
    def stages(self) -> dict[str, nn.Module]:
        """Encoder blocks by number from 1, before skip and pooling."""
        return {str(i): block for i, block in enumerate(self.blocks, 1)}

    def features(self, images: Tensor) -> Tensor:
        """Return what the head reads, `(N, widths[0], H', W')` of padded images."""
        x, skips = padded(images, self.multiple), []
        for number, block in enumerate(self.blocks):
            x = block(self.pool(x) if number else x)
            skips.append(x)
        skips.pop()
        for up, joined in zip(self.up, self.joined, strict=True):
            x = joined(torch.cat([up(x), skips.pop()], dim=1))
        return x

    def forward(self, images: Tensor, prompts=None, cached=None) -> Tensor:
        """Map images `(N, 3, H, W)` to logits `(N, C, H, W)`."""
        return cropped(self.head(self.features(images)), images)


def build_plain_unet(
    *, structures: int, widths: Sequence[int] = (32, 64, 128, 256, 512)
) -> PlainUNet:
    """Build the network with torch's initialisation; see `PlainUNet`."""
    return PlainUNet(structures, widths)


def _twice(into: int, out: int) -> nn.Sequential:
    layers = []
    for channels in (into, out):
        layers += [
            nn.Conv2d(channels, out, 3, padding=1, bias=False),
            nn.BatchNorm2d(out),
            nn.LeakyReLU(0.01),
        ]
    return nn.Sequential(*layers)
