"""DSU: style statistics as distributions over the batch (Li et al., ICLR 2022)."""

from typing import NamedTuple

import torch
from torch import Tensor

from sambench.methods.bounds import Chance
from sambench.methods.features.feature import Feature
from sambench.methods.features.mixstyle import style_of


class Draws(NamedTuple):
    """Random numbers, N(0, 1), `(N, C, 1, 1)` each, drawn in this order."""

    mean: Tensor
    sd: Tensor


class DSU(Feature):
    """Draw mean and deviation of each channel around those of the image.

    The defaults are those of the authors' code: gradient runs through all statistics.
    The port that made the prostate numbers of MaxStyle has `detached: true`,
    `eps: 1e-8` and `batch_eps: 0`.

    Parameters
    ----------
    p : float
        Probability that the batch is changed, at each stage and step.
    eps : float
        Added to the variance over pixels.
    batch_eps : float
        Added to the variance over the batch.
    detached : bool
        No gradient runs through the statistics.
    """

    def __init__(
        self,
        p: Chance = 0.5,
        eps: float = 1e-6,
        batch_eps: float = 1e-6,
        detached: bool = False,
    ):
        super().__init__()
        self.p, self.eps, self.batch_eps, self.detached = p, eps, batch_eps, detached

    def draw(self, x: Tensor) -> Draws | None:
        """Draw the numbers, or None for a batch that is left as it is."""
        if torch.rand(()).item() > self.p:
            return None
        shape = (*x.shape[:2], 1, 1)
        place = {"device": x.device, "dtype": x.dtype}
        return Draws(torch.randn(shape, **place), torch.randn(shape, **place))

    def apply(self, x: Tensor, draws: Draws | None) -> Tensor:
        """Change the statistics; a batch of one has no spread and stays as it is."""
        if draws is None or len(x) == 1:
            return x
        mean, sd = style_of(x, self.eps)
        if self.detached:
            mean, sd = mean.detach(), sd.detach()
        new_mean, new_sd = (
            s + noise * (s.var(0, keepdim=True) + self.batch_eps).sqrt()
            for s, noise in zip((mean, sd), draws, strict=True)
        )
        return (x - mean) / sd * new_sd + new_mean
