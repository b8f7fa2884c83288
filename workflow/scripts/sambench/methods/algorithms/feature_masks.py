"""Masks that take away the features on which a decision rests most (RSC, ECCV 2020)."""

import math

import torch
from torch import Tensor


def mask_largest(scores: Tensor, place: int) -> Tensor:
    """Return 0 for what is larger than the value at a place of the descending order.

    Parameters
    ----------
    scores : Tensor, `(N, P)`
        Signed.
    place : int
        Counted from 0; all stay if there are fewer.
    """
    ordered = scores.sort(1, descending=True).values
    threshold = ordered[:, min(place, scores.shape[1] - 1)]
    return (scores <= threshold[:, None]).to(scores.dtype)


def port_mask(gradient: Tensor, kind: str) -> Tensor:
    """Compute the mask of MaxStyle's port of RSC (code at 89933fb).

    Signed gradients alone decide, the features do not.

    Parameters
    ----------
    gradient : Tensor, `(N, C, H, W)`
        With respect to the code.
    kind : "channel" or "spatial"
        What is masked.

    Returns
    -------
    Tensor, `(N, C, 1, 1)` or `(N, 1, H, W)`
    """
    if kind == "channel":
        scores = gradient.mean((2, 3))
        return mask_largest(scores, int(scores.shape[1] / 3))[..., None, None]
    scores = gradient.mean(1).flatten(1)
    mask = mask_largest(scores, int(scores.shape[1] / 3))
    return mask.view(len(mask), 1, *gradient.shape[2:])


def official_mask(features: Tensor, gradient: Tensor, kind: str) -> Tensor:
    """Compute the mask of the authors' code for classification (code at bf6d280).

    Parameters
    ----------
    features, gradient : Tensor, `(N, C, H, W)`
        Last feature maps, and gradient of the true class's score.
    kind : "channel" or "spatial"
        What is masked.

    Returns
    -------
    Tensor, `(N, C, 1, 1)` or `(N, 1, H, W)`
    """
    weights = gradient.mean((2, 3))
    if kind == "channel":
        place = math.ceil(weights.shape[1] / 3.2)
        return mask_largest(weights, place)[..., None, None]
    scores = (features * weights[..., None, None]).sum(1).flatten(1)
    mask = mask_largest(scores, math.ceil(scores.shape[1] / 3))
    return mask.view(len(mask), 1, *features.shape[2:])


def challenged(before: Tensor, after: Tensor, share: float) -> Tensor:
    """Choose the samples whose confidence falls most.

    Parameters
    ----------
    before, after : Tensor, `(N,)`
        Probability of the truth, of all and of masked features.
    share : float
        Share of the batch whose features are masked.

    Returns
    -------
    Tensor of bool, `(N,)`
    """
    drop = (before - after - 1e-4).clamp_min(0)
    place = min(round(len(drop) * share), len(drop) - 1)
    return drop > drop.sort(descending=True).values[place]


def share_challenged(epoch: int) -> float:
    """Return the share of the batch that the authors mask: .3, .5 from epoch 10, ..."""
    return 3 / 10 + (epoch // 10 * 10 / 10) * 2 / 10


def draw_kinds(count: int) -> list[str]:
    """Draw what is masked, both kinds as often."""
    return ["spatial" if u < 0.5 else "channel" for u in torch.rand(count).tolist()]
