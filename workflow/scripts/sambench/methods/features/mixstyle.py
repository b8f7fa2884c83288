"""MixStyle: style statistics of two images of the batch are mixed (ICLR 2021)."""

from typing import Literal, NamedTuple

import torch
from torch import Tensor

from sambench.methods.bounds import Chance
from sambench.methods.features.feature import Feature


class Draws(NamedTuple):
    """Random numbers.

    Attributes
    ----------
    share : Tensor, `(N, 1, 1, 1)`
        Beta distributed.
    partner : Tensor of int64, `(N,)`
        Whose style is mixed in.
    """

    share: Tensor
    partner: Tensor


class MixStyle(Feature):
    """Mix mean and deviation over the pixels of each channel with another image's.

    The defaults are those of the authors' code (mixstyle-release). The port that made
    the prostate numbers of MaxStyle has `eps: 1e-8` and `share_of: partner`.

    Parameters
    ----------
    p : float
        Probability that the batch is changed, at each stage and step.
    alpha : float
        Both parameters of the Beta distribution.
    eps : float
        Added to the variance.
    share_of : "own" or "partner"
        Whose statistics the share weighs.
    crossdomain : bool
        Partners come from the other half of the batch, in place of any image.
    detached : bool
        No gradient runs through the statistics.
    """

    def __init__(
        self,
        p: Chance = 0.5,
        alpha: float = 0.1,
        eps: float = 1e-6,
        share_of: Literal["own", "partner"] = "own",
        crossdomain: bool = False,
        detached: bool = True,
    ):
        super().__init__()
        self.p, self.alpha, self.eps = p, alpha, eps
        self.share_of, self.crossdomain, self.detached = share_of, crossdomain, detached

    def draw(self, x: Tensor) -> Draws | None:
        """Draw shares and partners, or None for a batch that is left as it is."""
        if torch.rand(()).item() > self.p:
            return None
        share = draw_beta(self.alpha, len(x), x)
        if not self.crossdomain:
            return Draws(share, torch.randperm(len(x), device=x.device))
        half = len(x) // 2
        first, second = (
            torch.randperm(size, device=x.device) for size in (len(x) - half, half)
        )
        return Draws(share, across(first, second))

    def apply(self, x: Tensor, draws: Draws | None) -> Tensor:
        """Mix the statistics."""
        if draws is None:
            return x
        mean, sd = style_of(x, self.eps)
        if self.detached:
            mean, sd = mean.detach(), sd.detach()
        own = draws.share if self.share_of == "own" else 1 - draws.share
        new_mean, new_sd = (own * s + (1 - own) * s[draws.partner] for s in (mean, sd))
        return (x - mean) / sd * new_sd + new_mean


def style_of(x: Tensor, eps: float) -> tuple[Tensor, Tensor]:
    """Compute mean and deviation over pixels of `(N, C, H, W)`, both `(N, C, 1, 1)`.

    `eps` is added to the unbiased variance; a map of one pixel has variance 0.
    """
    mean = x.mean((2, 3), keepdim=True)
    correction = int(x[0, 0].numel() > 1)
    variance = x.var((2, 3), keepdim=True, correction=correction)
    return mean, (variance + eps).sqrt()


def draw_beta(alpha: float, count: int, like: Tensor) -> Tensor:
    """Draw from Beta(alpha, alpha), `(count, 1, 1, 1)`."""
    concentration = like.new_full((count, 1, 1, 1), alpha)
    # Checks would wait for the device
    shares = torch.distributions.Beta(concentration, concentration, validate_args=False)
    return shares.sample()


def across(first: Tensor, second: Tensor) -> Tensor:
    """Return partners from the other half of a batch, which is counted backwards.

    The authors' code reverses the batch, splits it and shuffles each half; it fails for
    an odd batch, of which the middle image stays with the second half here.

    Parameters
    ----------
    first, second : Tensor of int64, `(N - N // 2,)` and `(N // 2,)`
        Permutations of the two halves of the reversed batch.
    """
    count = len(first) + len(second)
    reverse = torch.arange(count - 1, -1, -1, device=first.device)
    halves = reverse[: len(first)], reverse[len(first) :]
    return torch.cat([halves[0][first], halves[1][second]])
