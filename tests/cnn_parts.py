"""Views and draws of CNN methods without anything random, for several processes.

Random numbers of a process depend on its number, so that equal weights can only be
expected without them.
"""

import torch

from sambench.methods.algorithms.ads import ADS, Draws
from sambench.methods.algorithms.synthesiser import Draws as StyleDraws
from sambench.methods.views.view import View
from sambench.models.cnn.plain_unet import PlainUNet


class Gammas(View):
    """One view for each exponent, of each image's range."""

    def __init__(self, *, exponents: list):
        super().__init__()
        self.exponents = exponents

    def apply(self, batch, draws):
        low = batch.images.amin((1, 2, 3), keepdim=True)
        span = batch.images.amax((1, 2, 3), keepdim=True) - low
        unit = (batch.images - low) / span
        return [batch._replace(images=4 * unit**e - 2) for e in self.exponents]


class FixedADS(ADS):
    """ADS with the same styles, shares and patches at every step."""

    def draw(self, images):
        n, place = len(images), {"dtype": images.dtype, "device": images.device}
        styles = torch.linspace(-1, 1, 12, **place).view(6, 1, 2).expand(6, n, 2)
        alpha = torch.tensor([0.3, 0.7], **place).view(2, 1, 1, 1, 1)
        sizes = [maps[0, 0].numel() for maps in self.encoder(images)]
        positions = [torch.arange(0, size, max(size // 16, 1)) for size in sizes]
        return Draws(
            StyleDraws(styles, alpha.expand(2, n, 1, 1, 1)), [positions, positions]
        )


def small_unet(*, structures: int, channel_prompt: bool = False):
    """The plain U-Net, narrow."""
    return PlainUNet(
        structures=structures, widths=(4, 8, 8), channel_prompt=channel_prompt
    )
