"""How much two images share, patch by patch (Park et al., CUT, ECCV 2020), for ADS.

Names of the parts are those of the authors' code (`model/cut_model.py`).
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, cross_entropy, pad

from sambench.compute.constants import constant
from sambench.compute.distributed import pooled_mean
from sambench.methods.objectives import at_least_single
from sambench.models.full_precision import full_precision
from sambench.models.instance_norm import InstanceNorm2d

TAPS = (0, 4, 8, 12, 16)
TEMPERATURE = 0.07


class Encoder(nn.Module):
    """First part of CUT's generator; features are read at `TAPS`.

    `width` are the channels of its first convolution, `blocks` its residual blocks.
    """

    def __init__(self, channels: int = 3, width: int = 32, blocks: int = 6):
        super().__init__()
        layers = [nn.ReflectionPad2d(3), nn.Conv2d(channels, width, 7)]
        layers += [InstanceNorm2d(width), nn.ReLU()]
        for into in (width, 2 * width):
            layers += [
                nn.Conv2d(into, 2 * into, 3, padding=1),
                InstanceNorm2d(2 * into),
                nn.ReLU(),
                BlurDown(),
            ]
        layers += [Residual(4 * width) for _ in range(blocks)]
        self.model = nn.Sequential(*layers)
        self.widths = (channels, 2 * width, 4 * width, 4 * width, 4 * width)

    def forward(self, images: Tensor) -> list[Tensor]:
        """Return feature maps of `(N, C, H, W)` at each tap."""
        found, x = [], images
        for number, layer in enumerate(self.model[: TAPS[-1] + 1]):
            x = layer(x)
            if number in TAPS:
                found.append(x)
        return found


class BlurDown(nn.Module):
    """Halve after a blur by (1, 2, 1) / 4 along both axes."""

    def forward(self, x: Tensor) -> Tensor:
        """Map `(N, C, H, W)` to `(N, C, H/2, W/2)`."""
        row = constant([0.25, 0.5, 0.25], x.device, x.dtype)
        kernel = torch.outer(row, row).expand(x.shape[1], 1, 3, 3)
        x = pad(x, [1] * 4, mode="reflect")
        return conv2d(x, kernel, stride=2, groups=x.shape[1])


class Residual(nn.Module):
    """Two convolutions with instance norm beside the identity."""

    def __init__(self, width: int):
        super().__init__()
        halves = [
            (nn.ReflectionPad2d(1), nn.Conv2d(width, width, 3), InstanceNorm2d(width))
            for _ in range(2)
        ]
        self.conv_block = nn.Sequential(*halves[0], nn.ReLU(), *halves[1])

    def forward(self, x: Tensor) -> Tensor:
        """Map `(N, C, H, W)` to the same shape."""
        return x + self.conv_block(x)


class PatchVectors(nn.Module):
    """Turn features at sampled positions into unit vectors, a network for each tap."""

    def __init__(self, widths: Sequence[int], length: int = 256):
        super().__init__()
        for i, width in enumerate(widths):
            first, second = nn.Linear(width, length), nn.Linear(length, length)
            for layer in (first, second):
                nn.init.normal_(layer.weight, 0, 0.02)
                nn.init.zeros_(layer.bias)
            mlp = nn.Sequential(first, nn.ReLU(), second)
            self.add_module(f"mlp_{i}", mlp)

    def forward(
        self, features: Sequence[Tensor], positions: Sequence[Tensor]
    ) -> list[Tensor]:
        """Return vectors `(N, P, length)` of each tap, never in half precision.

        The slope of a short one is beyond its largest number.
        """
        found = []
        for i, (maps, chosen) in enumerate(zip(features, positions, strict=True)):
            x = at_least_single(maps.flatten(2)[:, :, chosen]).transpose(1, 2)
            with full_precision(x.device):
                x = getattr(self, f"mlp_{i}")(x)
            found.append(x / (x.norm(dim=2, keepdim=True) + 1e-7))
        return found


def draw_positions(features: Sequence[Tensor], patches: int) -> list[Tensor]:
    """Draw positions of each tap: the same for all images of a batch."""
    return [
        torch.randperm(maps[0, 0].numel(), device=maps.device)[:patches]
        for maps in features
    ]


def patch_nce(queries: Sequence[Tensor], keys: Sequence[Tensor]) -> Tensor:
    """Compute the contrastive loss of vectors of two images, averaged over taps.

    Each query should be closest to the key of its position among the positions of the
    same image; both are unit vectors `(N, P, length)` of each tap. It is the less, the
    more the images share. Keys carry no gradient.
    """
    losses = []
    for query, key in zip(queries, keys, strict=True):
        key = key.detach()
        same = (query * key).sum(2, keepdim=True)
        with full_precision(query.device):
            others = query @ key.mT
        own = torch.eye(query.shape[1], dtype=torch.bool, device=query.device)
        scores = torch.cat([same, others.masked_fill(own, -10)], dim=2) / TEMPERATURE
        flat = scores.flatten(0, 1)
        first = flat.new_zeros(len(flat), dtype=torch.long)
        losses.append(pooled_mean(cross_entropy(flat, first, reduction="none")))
    return torch.stack(losses).mean()
