"""CCSDG's U-Net with a ResNet encoder (code at a4fde09), with its prompt or not.

Names of the parts are those of the authors' code. The ResNet is MONAI's.
"""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import relu

from sambench.models.cnn.ibn import insert_into_stage
from sambench.models.cnn.padding import cropped, padded
from sambench.models.instance_norm import InstanceNorm2d

TAU = 0.1  # temperature of the prompt


class UnetBlock(nn.Module):
    """Join a coarser map and a skip: concatenate, ReLU, then batch norm.

    Half of the channels that go out, `width`, come from each.
    """

    def __init__(self, below: int, skip: int, width: int):
        super().__init__()
        self.tr_conv = nn.ConvTranspose2d(below, width // 2, 2, stride=2)
        self.x_conv = nn.Conv2d(skip, width // 2, 1)
        self.bn = nn.BatchNorm2d(width)

    def forward(self, below: Tensor, skip: Tensor) -> Tensor:
        """Return a map of the skip's size, `(N, width, H, W)`."""
        return self.bn(relu(torch.cat([self.tr_conv(below), self.x_conv(skip)], dim=1)))


class ResNetUNet(nn.Module):
    """Segment images by a ResNet encoder and a narrow decoder.

    Parameters
    ----------
    first_layer : nn.Conv2d
        7 x 7, stride 2, without bias.
    rn : nn.Sequential
        Batch norm, ReLU, max-pooling and four stages.
    widths : sequence of int
        Channels of the first layer and of the four stages.
    structures : int
        Channels of logits.
    width : int
        Channels of the decoder.
    prompt : bool
        Split the first feature maps into content and style by a learned prompt; only
        content goes on.
    """

    multiple = 32

    def __init__(
        self,
        first_layer: nn.Conv2d,
        rn: nn.Sequential,
        widths: Sequence[int],
        structures: int,
        width: int = 256,
        prompt: bool = False,
    ):
        super().__init__()
        self.first_layer, self.rn = first_layer, rn
        self.channel_prompt = (
            nn.Parameter(torch.randn(2, widths[0], 1, 1)) if prompt else None
        )
        self.up1 = UnetBlock(widths[4], widths[3], width)
        self.up2 = UnetBlock(width, widths[2], width)
        self.up3 = UnetBlock(width, widths[1], width)
        self.up4 = UnetBlock(width, widths[0], width)
        self.up5 = nn.ConvTranspose2d(width, structures, 2, stride=2)

    @property
    def stages(self) -> dict[str, nn.Module]:
        """Stages by name; `stem` is before its normalisation."""
        names = ("stem", "pool", "layer1", "layer2", "layer3", "layer4")
        return dict(zip(names, (self.first_layer, *self.rn[2:7]), strict=True))

    def split(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return first feature maps of content and of style, `(N, C, H/2, W/2)`."""
        return split_channels(self.first_layer(images), self.channel_prompt)[1:]

    def forward(self, images: Tensor, prompts=None, cached=None) -> Tensor:
        """Map images `(N, 3, H, W)` to logits `(N, C, H, W)`."""
        enough = padded(images, self.multiple)
        if self.channel_prompt is None:
            x = self.first_layer(enough)
        else:
            x, _ = self.split(enough)
        skips = []
        for number, part in enumerate(self.rn):
            x = part(x)
            if number in (1, 3, 4, 5):
                skips.append(x)
        x = relu(x)
        for up in (self.up1, self.up2, self.up3, self.up4):
            x = up(x, skips.pop())
        return cropped(self.up5(x), images)


def split_channels(
    features: Tensor, prompt: Tensor, tau: float = TAU
) -> tuple[Tensor, Tensor, Tensor]:
    """Split feature maps `(N, C, H, W)` by a prompt `(2, C, 1, 1)`.

    The larger of its two numbers says where a channel belongs. Return masks like the
    prompt, content and style like the maps.
    """
    masks = (prompt / tau).softmax(0)
    return masks, masks[0] * features, masks[1] * features


def build_resnet_unet(
    *,
    structures: int,
    layers: tuple[int, int, int, int] = (3, 4, 6, 3),
    widths: tuple[int, int, int, int] = (64, 128, 256, 512),
    width: int = 256,
    channel_prompt: bool = False,
    ibn: Literal["a", "b"] | None = None,
) -> ResNetUNet:
    """Build CCSDG's U-Net; without pretrained weights, as in its tables.

    Parameters
    ----------
    layers, widths : sequence of int
        Residual blocks and channels of each stage: (3, 4, 6, 3) is ResNet-34. The first
        convolution has as many channels as the first stage.
    structures, width, channel_prompt
        Arguments of `ResNetUNet`.
    ibn : "a" or "b", optional
        Put instance normalisation into the encoder, see `sambench.models.cnn.ibn`.
    """
    from monai.networks.nets.resnet import ResNet

    encoder = ResNet(
        "basic",
        list(layers),
        list(widths),
        spatial_dims=2,
        n_input_channels=3,
        conv1_t_stride=2,
        bias_downsample=False,
        feed_forward=False,
    )
    stages = [encoder.layer1, encoder.layer2, encoder.layer3, encoder.layer4]
    for stage in stages[: {None: 0, "a": 3, "b": 2}[ibn]]:
        insert_into_stage(stage, ibn)
    norm = encoder.bn1
    if ibn == "b":
        norm = InstanceNorm2d(widths[0], affine=True)
    rn = nn.Sequential(norm, nn.ReLU(), encoder.maxpool, *stages)
    return ResNetUNet(
        encoder.conv1, rn, (widths[0], *widths), structures, width, channel_prompt
    )
