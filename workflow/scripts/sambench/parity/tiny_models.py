"""The small networks of the fixtures of CNN methods, under the reference's names."""

import re
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, relu

from sambench.models.cnn.dual_norm import DualNormUNet
from sambench.models.cnn.fcn16 import FCN16
from sambench.models.cnn.resnet_unet import ResNetUNet


class TinyUNet(nn.Module):
    """Two levels: enc1, bn1, pooling, enc2, bn2, up-sampling, dec, head.

    Parameters
    ----------
    state : mapping of str to Tensor
        Its weights; they say how wide it is.
    """

    def __init__(self, state: Mapping[str, Tensor]):
        super().__init__()
        width, channels = state["enc1.weight"].shape[:2]
        self.enc1 = nn.Conv2d(channels, width, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.enc2 = nn.Conv2d(width, 2 * width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(2 * width)
        self.dec = nn.Conv2d(3 * width, width, 3, padding=1)
        self.head = nn.Conv2d(width, len(state["head.weight"]), 1)
        self.double()
        self.load_state_dict(state)

    def forward(self, images: Tensor, prompts=None, cached=None) -> Tensor:
        """Map images to logits of classes, `(N, K, H, W)`."""
        first = relu(self.bn1(self.enc1(images)))
        second = relu(self.bn2(self.enc2(nn.functional.max_pool2d(first, 2))))
        up = interpolate(second, scale_factor=2, mode="nearest")
        return self.head(relu(self.dec(torch.cat([first, up], dim=1))))


def given(*, structures: int, network: nn.Module) -> nn.Module:
    """Return a network as it is, in place of one that a recipe names."""
    return network


def prompt_unet(state: Mapping[str, Tensor]) -> ResNetUNet:
    """Build CCSDG's network of one block a stage; the weights say how wide it is."""
    width, channels = state["first_layer.weight"].shape[:2]
    blocks = [
        _block(state, f"rn.{number}", stride)
        for number, stride in zip((3, 4, 5, 6), (1, 2, 2, 2), strict=True)
    ]
    rn = nn.Sequential(nn.BatchNorm2d(width), nn.ReLU(), nn.MaxPool2d(3, 2, 1), *blocks)
    widths = [width, *(state[f"rn.{i}.conv1.weight"].shape[0] for i in (3, 4, 5, 6))]
    network = ResNetUNet(
        nn.Conv2d(channels, width, 7, 2, 3, bias=False),
        rn,
        widths,
        structures=state["up5.weight"].shape[1],
        width=len(state["up1.bn.weight"]),
        prompt=True,
    ).double()
    network.load_state_dict(state)
    return network


def residual_stage(state: Mapping[str, Tensor]) -> nn.Sequential:
    """Build a stage of plain residual blocks as wide as the weights say."""
    count = 1 + max(int(name.split(".")[0]) for name in state)
    return nn.Sequential(
        *(_block(state, str(i), 2 if i == 0 else 1) for i in range(count))
    )


def _block(state: Mapping[str, Tensor], name: str, stride: int) -> nn.Module:
    from monai.networks.nets.resnet import ResNetBlock

    out, into = state[f"{name}.conv1.weight"].shape[:2]
    down = None
    if f"{name}.downsample.0.weight" in state:
        conv = nn.Conv2d(into, out, 1, stride, bias=False)
        down = nn.Sequential(conv, nn.BatchNorm2d(out))
    return ResNetBlock(into, out, 2, stride, down)


def dual_branch(state: Mapping[str, Tensor]) -> FCN16:
    """Build MaxStyle's network as wide as the weights say."""
    encoder = "image_encoder.general_encoder"
    down = [len(state[f"{encoder}.inc.0.weight"])]
    down += [len(state[f"{encoder}.down{i}.conv.0.weight"]) for i in range(1, 5)]
    up = [len(state[f"image_decoder.up{i}.conv.0.weight"]) for i in range(1, 5)]
    network = FCN16(
        structures=len(state["segmentation_decoder.final_conv.weight"]),
        down=down,
        up=up,
        code=len(state[f"{encoder}.final_conv.0.weight"]),
        channels=state[f"{encoder}.inc.0.weight"].shape[1],
    ).double()
    network.load_state_dict(state)
    return network


def dual_norm(state: Mapping[str, Tensor]) -> DualNormUNet:
    """Build Dual-Norm's network as wide as the weights say."""
    levels = {int(n) for n in re.findall(r"convd(\d+)\.conv1\.weight", " ".join(state))}
    widths = [len(state[f"convd{i}.conv1.weight"]) for i in sorted(levels)]
    channels = state["convd1.conv1.weight"].shape[1]
    network = DualNormUNet(len(state["seg1.weight"]), widths, channels).double()
    network.load_state_dict(state)
    return network
