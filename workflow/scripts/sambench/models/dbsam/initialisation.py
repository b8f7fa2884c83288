"""The weights that training starts from."""

import math

from torch import nn

from sambench.models.dbsam.deformable_attention import DeformableAttention


def initialise(adapter: nn.Module) -> None:
    """Draw the weights of everything that SAM does not bring [C].

    Linear layers: normal, 0.02, cut at 2; convolutions: normal with variance 2 / fan
    out; norms: 1 and 0; biases: 0; deformable attention: its own start, after that.
    Nothing is zero that should not be: the output differs from SAM's from the start.
    """
    for module in adapter.modules():
        if isinstance(module, nn.Linear):
            nn.init.trunc_normal_(module.weight, std=0.02)
        elif isinstance(module, nn.Conv2d):
            fan_out = math.prod(module.kernel_size) * module.out_channels
            deviation = math.sqrt(2 * module.groups / fan_out)
            nn.init.normal_(module.weight, std=deviation)
        elif isinstance(module, nn.LayerNorm | nn.BatchNorm2d):
            nn.init.ones_(module.weight)
        else:
            continue
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    for module in adapter.modules():
        if isinstance(module, DeformableAttention):
            module.reset_parameters()
