"""Losses that compare what a network says of several views of the same slices.

Each takes logits `(V, N, C, H, W)` of V views and returns a scalar. `exclusive` says
that channels are classes, background first; else each structure is a pair of classes.
"""

from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import log_softmax

from sambench.compute.distributed import pooled_mean
from sambench.methods.class_objectives import class_logits
from sambench.methods.objectives import at_least_single


def kl_to_mean(
    logits: Tensor,
    *,
    per: Literal["pixel", "element"] = "pixel",
    exclusive: bool = False,
) -> Tensor:
    """Compute the divergence of each view's prediction from the mean of all.

    mean(p) (log mean(p) - log p), gradient through the mean too. CSDG (code at d4d5056)
    averages over classes as well, which halves it for one structure: `per: element`.

    Parameters
    ----------
    per : "pixel" or "element"
        Sum over classes, or average over them too.
    """
    log_p = _log_probabilities(logits, exclusive)
    mean = log_p.exp().mean(0)
    divergence = torch.special.xlogy(mean, mean) - mean * log_p
    return _averaged(divergence, per)


def kl_from_mean(
    logits: Tensor,
    *,
    per: Literal["pixel", "sample"] = "pixel",
    floor: float = 1e-7,
    exclusive: bool = False,
) -> Tensor:
    """Compute RandConv's divergence: p (log p - log mean(p)), averaged over views.

    Parameters
    ----------
    per : "pixel" or "sample"
        Average over pixels, as the port does, or sum over them, as the authors' trainer
        would.
    floor : float
        Least mean probability: 1e-7 with the authors, 1e-8 in the port.
    """
    log_p = _log_probabilities(logits, exclusive)
    p = log_p.exp()
    divergence = p * (log_p - p.mean(0).clamp(floor, 1).log())
    return _averaged(divergence, per)


def symmetric_kl(
    logits: Tensor, *, floor: float = 1e-6, exclusive: bool = False
) -> Tensor:
    """Compute ADS's divergence of two views, both ways, averaged over all elements.

    Parameters
    ----------
    logits : Tensor, `(2, N, C, H, W)`
        Predictions of two views.
    floor : float
        Added to every probability before they are normalised again.
    exclusive : bool
        Channels are classes.
    """
    p = _log_probabilities(logits, exclusive).exp() + floor
    p = p / p.sum(2, keepdim=True)
    log_p = p.log()
    return pooled_mean((p[0] - p[1]) * (log_p[0] - log_p[1])) / 2


def _log_probabilities(logits: Tensor, exclusive: bool) -> Tensor:
    """Return log probabilities of classes, `(V, M, K, H, W)`."""
    views = len(logits)
    flat = class_logits(at_least_single(logits).flatten(0, 1), exclusive)
    return log_softmax(flat, 1).unflatten(0, (views, -1))


def _averaged(divergence: Tensor, per: str) -> Tensor:
    if per == "element":
        return pooled_mean(divergence)
    if per == "sample":
        return pooled_mean(divergence.sum((2, 3, 4)))
    return pooled_mean(divergence.sum(2))
