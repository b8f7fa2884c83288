"""Our U-Net and MONAI's `DynUNet`: one network."""

import pytest
import torch

from sambench.models.unet import UNet


@pytest.mark.parametrize("features", [(8, 12, 16, 24), (3, 8, 8, 8, 16)])
def test_outputs_and_gradients_equal_those_of_monai(features):
    from monai.networks.nets import DynUNet

    torch.manual_seed(1)
    levels = len(features)
    theirs = DynUNet(
        spatial_dims=2,
        in_channels=3,
        out_channels=2,
        kernel_size=[3] * levels,
        strides=[1] + [2] * (levels - 1),
        upsample_kernel_size=[2] * (levels - 1),
        filters=features,
        res_block=True,
    )
    ours = UNet(features=features, structures=2)
    weights = dict(theirs.named_parameters())
    names = {
        name.replace(".conv.conv", ".conv").replace(".conv.", "."): name
        for name in weights
    }
    assert names.keys() == dict(ours.named_parameters()).keys()
    ours.load_state_dict({name: weights[old].detach() for name, old in names.items()})

    images = torch.randn(2, 3, 64, 32, dtype=torch.float64)
    logits, expected = ours.double()(images), theirs.double()(images)
    torch.testing.assert_close(logits, expected)
    logits.square().mean().backward()
    expected.square().mean().backward()
    for name, weight in ours.named_parameters():
        torch.testing.assert_close(weight.grad, weights[names[name]].grad)


def test_initial_weights_follow_those_of_monai():
    torch.manual_seed(1)
    network = UNet(features=(64, 64, 64), structures=1)
    weight = network.bottleneck.conv2.weight
    # Kaiming's normal for a leaky ReLU of slope 0.01: the standard deviation is that of
    # two over the 64 * 9 inputs.
    assert weight.std().item() == pytest.approx((2 / (64 * 9)) ** 0.5, rel=0.02)
    assert (network.output_block.bias == 0).all()
