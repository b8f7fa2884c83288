"""The U-Net of nnU-Net, as the MONAI library builds it."""

from collections.abc import Sequence

from torch import nn


def build_unet(*, features: Sequence[int], structures: int) -> nn.Module:
    """Build a 2D U-Net with residual blocks, instance norm and leaky ReLU.

    Parameters
    ----------
    features : sequence of int
        Widths from the finest level to the coarsest; each level halves the resolution.
    structures : int
        Channels of logits.

    Returns
    -------
    nn.Module
        Maps images `(B, 3, H, W)` to logits `(B, C, H, W)`; sides divisible by two to
        the power of levels less one. All weights are random.
    """
    from monai.networks.nets import DynUNet

    levels = len(features)
    return DynUNet(
        spatial_dims=2,
        in_channels=3,
        out_channels=structures,
        kernel_size=[3] * levels,
        strides=[1] + [2] * (levels - 1),
        upsample_kernel_size=[2] * (levels - 1),
        filters=list(features),
        res_block=True,
    )
