"""Losses that compare what a network says of several views of the same slices."""

from torch import Tensor


def kl_to_mean(logits: Tensor) -> Tensor:
    """Compute the divergence of each view's prediction from the mean of all.

    Kullback-Leibler divergence between Bernoulli distributions, one per pixel and
    structure, averaged over pixels, structures and views.

    Parameters
    ----------
    logits : Tensor, `(V, N, C, H, W)`
        One prediction per view.

    Returns
    -------
    Tensor
        Scalar.
    """
    p = logits.float().sigmoid().clamp(1e-6, 1 - 1e-6)
    mean = p.mean(0, keepdim=True)
    divergence = mean * (mean / p).log() + (1 - mean) * ((1 - mean) / (1 - p)).log()
    return divergence.mean()
