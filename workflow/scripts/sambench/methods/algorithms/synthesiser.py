"""The learned views of ADS: two random shallow networks with styles (code at 27fbc90).

Names of the parts are those of the authors' code (`model/GIN.py`).
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, linear

from sambench.models.instance_norm import instance_norm

STYLE = 2  # numbers of a style


class Draws(NamedTuple):
    """Random numbers of two views.

    Attributes
    ----------
    styles : Tensor, `(6, N, 2)`
        N(0, 1): of the three AdaIN layers of the first network, then of the second.
    alpha : Tensor, `(2, N, 1, 1, 1)`
        Uniform: share of each network's output.
    """

    styles: Tensor
    alpha: Tensor


class _Standardised(nn.Module):
    """A weight that is used with mean 0 and deviation 1, which carry no gradient."""

    def __init__(self, shape: tuple[int, ...]):
        super().__init__()
        self.weight_orig = nn.Parameter(torch.empty(shape))
        nn.init.xavier_uniform_(self.weight_orig)
        bound = self.weight_orig[0].numel() ** -0.5
        self.bias = nn.Parameter(torch.empty(shape[0]).uniform_(-bound, bound))

    @property
    def weight(self) -> Tensor:
        """The weight as it is used."""
        raw = self.weight_orig.detach()
        return (self.weight_orig - raw.mean()) / raw.std()


class Convolution(_Standardised):
    """A 3 x 3 convolution with a standardised weight."""

    def __init__(self, into: int, out: int):
        super().__init__((out, into, 3, 3))

    def forward(self, x: Tensor) -> Tensor:
        """Convolve `(N, into, H, W)`."""
        return conv2d(x, self.weight, self.bias, padding=1)


class _Linear(_Standardised):
    def forward(self, x: Tensor) -> Tensor:
        return linear(x, self.weight, self.bias)


class AdaIN(nn.Module):
    """Normalise each channel, then scale and shift it by a style."""

    def __init__(self, channels: int):
        super().__init__()
        self.fc = _Linear((2 * channels, STYLE))

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        """Change `(N, C, H, W)` by `(N, 2)`."""
        gamma, beta = self.fc(style)[..., None, None].chunk(2, dim=1)
        return (1 + gamma) * instance_norm(x) + beta


class Synthesiser(nn.Module):
    """Make two views of images, both learned; `width` channels between convolutions."""

    def __init__(self, channels: int = 3, width: int = 2):
        super().__init__()
        self.net1, self.net2 = (_network(channels, width) for _ in range(2))

    def draw(self, images: Tensor) -> Draws:
        """Draw styles and shares for `(N, C, H, W)`."""
        n, place = len(images), {"device": images.device, "dtype": images.dtype}
        return Draws(
            torch.randn(6, n, STYLE, **place), torch.rand(2, n, 1, 1, 1, **place)
        )

    def forward(
        self, images: Tensor, draws: Draws
    ) -> tuple[list[Tensor], list[Tensor]]:
        """Return two views, and what the networks made before it was mixed."""
        first, second = draws.styles.chunk(2)
        made = [
            _through(self.net1, images, first),
            _through(self.net2, images, second),
        ]
        pairs = zip(made, draws.alpha, strict=True)
        return [mix(images, new, alpha) for new, alpha in pairs], made


def mix(images: Tensor, new: Tensor, alpha: Tensor) -> Tensor:
    """Mix images `(N, C, H, W)` with a share `(N, 1, 1, 1)` of new ones.

    Each pixel keeps the length of its channel vector. The authors mean the norm of the
    image, but sum over channels alone. Their 0 / 0 at pixels of zeros is 1 here.
    """
    mixed = alpha * new + (1 - alpha) * images
    before = images.square().sum(1, keepdim=True)
    after = mixed.square().sum(1, keepdim=True)
    ratio = before.sqrt() / after.where(after > 0, 1).sqrt()
    return mixed * ratio.where(after > 0, 1).detach()


def _network(channels: int, width: int) -> nn.ModuleList:
    layers, into = [], channels
    for _ in range(3):
        layers += [Convolution(into, width), AdaIN(width), nn.LeakyReLU(0.01)]
        into = width
    return nn.ModuleList([*layers, Convolution(width, channels)])


def _through(network: nn.ModuleList, x: Tensor, styles: Tensor) -> Tensor:
    remaining = iter(styles)
    for layer in network:
        x = layer(x, next(remaining)) if isinstance(layer, AdaIN) else layer(x)
    return x
