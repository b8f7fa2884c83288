"""SAM's mask decoder whose masks are of the size of the image."""

from itertools import pairwise
from typing import Any

from torch import nn

from sambench.models.sam.package import MLP, LayerNorm2d, MaskDecoder


class FullSizeDecoder(MaskDecoder):
    """SAM's decoder that enlarges sixteen times, not four; the arguments are the same.

    SAM's weights fit the first two enlarging layers and the first norm.
    """

    def __init__(self, *, transformer_dim: int, **arguments: Any):
        super().__init__(transformer_dim=transformer_dim, **arguments)
        widths = [transformer_dim // by for by in (1, 4, 8, 16, 32)]
        layers: list[nn.Module] = []
        for before, after in pairwise(widths):
            layers += [nn.ConvTranspose2d(before, after, 2, stride=2)]
            layers += [LayerNorm2d(after), nn.GELU()]
        del layers[-2]  # no norm after the last
        self.output_upscaling = nn.Sequential(*layers)
        self.output_hypernetworks_mlps = nn.ModuleList(
            MLP(transformer_dim, transformer_dim, widths[-1], 3)
            for _ in range(self.num_mask_tokens)
        )
