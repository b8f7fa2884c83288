"""A U-Net with an EfficientNet encoder, as MONAI builds it (CSDG, SLAug, ADS)."""

from functools import partial
from typing import Annotated

import torch
from torch import Tensor, nn

from sambench.models.cnn.padding import cropped, padded


def _joined(part: nn.Module, x: Tensor, skip: Tensor | None = None) -> Tensor:
    """Compute MONAI's `UpCat` for sides that fit, which dynamo can trace."""
    x = part.upsample(x)
    return part.convs(x if skip is None else torch.cat([skip, x], dim=1))


class EfficientNetUNet(nn.Module):
    """Segment images by MONAI's FlexibleUNet.

    The papers use segmentation_models_pytorch, which needs torchvision. Encoders are
    the same; the decoder has a 1 x 1 convolution before each up-sampling here.

    Parameters
    ----------
    structures : int
        Channels of logits.
    encoder : str
        ``"efficientnet-b0"`` to ``"efficientnet-b8"``, with random weights.
    """

    multiple = 32

    def __init__(
        self,
        *,
        structures: int,
        encoder: Annotated[
            str, {"pattern": "^efficientnet-b[0-8]$"}
        ] = "efficientnet-b2",
    ):
        from monai.networks.nets import FlexibleUNet
        from monai.networks.nets.basic_unet import UpCat

        super().__init__()
        self.unet = FlexibleUNet(3, structures, encoder, pretrained=False)
        for part in self.unet.modules():
            if isinstance(part, UpCat):
                part.forward = partial(_joined, part)
        # CSDG's step of 4 slices of 192 px on a CPU: 1.6 s, with channels first 2.1.
        self.to(memory_format=torch.channels_last)

    @property
    def stages(self) -> dict[str, nn.Module]:
        """Stages by name: the first convolution, and blocks by number."""
        encoder = self.unet.encoder
        blocks = {f"block{i}": block for i, block in enumerate(encoder._blocks)}
        return {"stem": encoder._conv_stem, **blocks}

    def forward(self, images: Tensor, prompts=None, cached=None) -> Tensor:
        """Map images `(N, 3, H, W)` to logits `(N, C, H, W)`."""
        return cropped(self.unet(padded(images, self.multiple)), images)
