"""The U-Net of nnU-Net, as the MONAI library builds it."""

from collections.abc import Sequence
from typing import Annotated, Any

from monai.networks.nets import DynUNet
from torch import Tensor, nn


class UNet(DynUNet):
    """MONAI's `DynUNet` with the signature of every network."""

    @property
    def stages(self) -> dict[str, nn.Module]:
        """Encoder stages by number, the finest first."""
        parts = [self.input_block, *self.downsamples, self.bottleneck]
        return {str(number): part for number, part in enumerate(parts, start=1)}

    def forward(
        self, images: Tensor, prompts: Any = None, cached: Tensor | None = None
    ) -> Tensor:
        """Segment images `(B, 3, H, W)`: logits `(B, C, H, W)`."""
        return super().forward(images)


def build_unet(
    *,
    features: Annotated[
        Sequence[int], {"minItems": 3, "items": {"type": "integer", "minimum": 1}}
    ],
    structures: int,
) -> UNet:
    """Build a 2D U-Net with residual blocks, instance norm and leaky ReLU.

    Parameters
    ----------
    features : sequence of int
        Widths from the finest level to the coarsest, three or more; each level halves
        the resolution.
    structures : int
        Channels of logits.

    Returns
    -------
    UNet
        Maps images `(B, 3, H, W)` to logits `(B, C, H, W)`; sides divisible by two to
        the power of levels less one. All weights are random.
    """
    levels = len(features)
    return UNet(
        spatial_dims=2,
        in_channels=3,
        out_channels=structures,
        kernel_size=[3] * levels,
        strides=[1] + [2] * (levels - 1),
        upsample_kernel_size=[2] * (levels - 1),
        filters=list(features),
        res_block=True,
    )
