"""Views with another image's amplitudes of low frequencies (FDA, as CCSDG has it)."""

import math
from typing import Literal

import torch
from torch import Tensor

from sambench.methods.batch import Batch
from sambench.methods.views.view import View


class Fourier(View):
    """Replace low-frequency amplitudes by those of the batch in reversed order.

    Code of CCSDG at a4fde09: one size of the square for the batch; phases are kept, the
    real part is not clipped. The middle image of an odd batch pairs with itself.

    Parameters
    ----------
    least, span : float
        The square's half side is `round(least + span u, 2)` of the shorter side of the
        image, u uniform in 0..1.
    swapped : "low" or "high"
        Whose amplitudes are the partner's: those within the square, or the others.
    """

    space = "packed"

    def __init__(
        self,
        least: float = 0.05,
        span: float = 0.1,
        swapped: Literal["low", "high"] = "low",
    ):
        super().__init__()
        self.least, self.span, self.high = least, span, swapped == "high"

    def draw(self, batch: Batch) -> float:
        """Draw the number that sets the square."""
        return torch.rand((), dtype=torch.float64).item()

    @torch.no_grad()
    def apply(self, batch: Batch, draws: float) -> list[Batch]:
        """Swap the amplitudes."""
        share = round(self.least + self.span * float(draws), 2)
        images = batch.images
        swapped = swap_amplitudes(images, images.flip(0), share, self.high)
        return [batch._replace(images=swapped)]


def swap_amplitudes(
    images: Tensor, partners: Tensor, share: float, high: bool = False
) -> Tensor:
    """Return images with their partners' amplitudes of some frequencies.

    Parameters
    ----------
    images, partners : Tensor, `(N, C, H, W)`
        Floating point.
    share : float
        Half side of the square over the shorter side of the image.
    high : bool
        Swap what lies outside of the square.

    Returns
    -------
    Tensor, `(N, C, H, W)`
    """
    height, width = images.shape[2:]
    half = math.floor(min(height, width) * share)
    spectrum = torch.fft.fft2(images)
    amplitude, phase = spectrum.abs(), spectrum.angle()
    theirs = torch.fft.fft2(partners).abs()
    low = _low_frequencies(height, half, images), _low_frequencies(width, half, images)
    chosen = (low[0][:, None] & low[1]) ^ high
    swapped = torch.where(chosen, theirs, amplitude)
    return torch.fft.ifft2(torch.polar(swapped, phase)).real


def _low_frequencies(side: int, half: int, like: Tensor) -> Tensor:
    """Mark the frequencies, in the order of `fft2`, that the square covers."""
    shifted = torch.arange(side, device=like.device) - side // 2
    return torch.fft.ifftshift(shifted.abs() <= half)
