"""The layer of MaxStyle: style mixing by parameters (code at 89933fb)."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from sambench.methods.features.mixstyle import draw_beta, style_of


class Draws(NamedTuple):
    """Random numbers of one layer.

    Attributes
    ----------
    partner : Tensor of int64, `(N,)`
        Whose style is mixed in.
    gamma_noise, beta_noise : Tensor, `(N, C, 1, 1)`
        N(0, 1).
    lmda : Tensor, `(N, 1, 1, 1)`
        Share of the partner.
    """

    partner: Tensor
    gamma_noise: Tensor
    beta_noise: Tensor
    lmda: Tensor


class StyleLayer(nn.Module):
    """Change style statistics by numbers that can be learned.

    The spread of the statistics over the batch is that of the first pass.

    Parameters
    ----------
    layer : int
        After which layer of the decoder it stands.
    draws : Draws
        Where the numbers start.
    eps : float
        Added to the variance over pixels.

    Attributes
    ----------
    spread : tuple of Tensor, `(1, C, 1, 1)`
        Spread of mean and standard deviation over the batch, after the first pass.
    """

    def __init__(self, layer: int, draws: Draws, eps: float = 1e-6):
        super().__init__()
        self.layer, self.partner, self.eps = layer, draws.partner, eps
        for name, value in draws._asdict().items():
            if name != "partner":
                setattr(self, name, nn.Parameter(value.detach().clone()))
        self.spread: tuple[Tensor, Tensor] | None = None

    def forward(self, x: Tensor) -> Tensor:
        """Change `(N, C, H, W)`."""
        mean, sd = (statistic.detach() for statistic in style_of(x, self.eps))
        if self.spread is None:
            self.spread = mean.std(0, keepdim=True), sd.std(0, keepdim=True)
        share = self.lmda.clamp(0, 1)
        new_mean, new_sd = (
            (1 - share) * own + share * own[self.partner] + noise * spread
            for own, noise, spread in zip(
                (mean, sd),
                (self.beta_noise, self.gamma_noise),
                self.spread,
                strict=True,
            )
        )
        return (x - mean) / sd * new_sd + new_mean


def draw_style(x: Tensor, p: float, beta: bool, alpha: float = 0.1) -> Draws | None:
    """Draw the numbers of one layer for maps like `x`, or None if it does nothing.

    Parameters
    ----------
    x : Tensor, `(N, C, H, W)`
        Maps that it will change; N larger than 1.
    p : float
        Probability that it does something.
    beta : bool
        Shares of the partner are Beta distributed, else uniform.
    alpha : float
        Both parameters of that distribution.
    """
    n, channels = x.shape[:2]
    place = {"device": x.device, "dtype": x.dtype}
    partner = another_order(n, x.device)
    if torch.rand(()).item() >= p:
        return None
    noise = (torch.randn(n, channels, 1, 1, **place) for _ in range(2))
    share = draw_beta(alpha, n, x) if beta else torch.rand(n, 1, 1, 1, **place)
    return Draws(partner, *noise, share)


def another_order(n: int, device: torch.device) -> Tensor:
    """Draw a permutation of n > 1 that is not the identity."""
    while True:
        order = torch.randperm(n)
        if (order != torch.arange(n)).any():
            return order.to(device)
