"""Structures as classes, for losses that are written for a softmax over classes.

A network here has one logit for each structure, as structures may overlap (the cup lies
in the disc). The codes of CSDG, SLAug, ADS and MaxStyle have a softmax over background
and structures. With one structure both are the same: the softmax over the logits
(0, l) is the sigmoid of l. Several structures are as many pairs (not it, it).
"""

import torch
from torch import Tensor


def class_logits(logits: Tensor, exclusive: bool = False) -> Tensor:
    """Return logits of classes, of which the first is the background.

    Parameters
    ----------
    logits : Tensor, `(N, C, H, W)`
        One for each structure.
    exclusive : bool
        The channels are classes already, background first.

    Returns
    -------
    Tensor, `(N, C, H, W)` if exclusive, else `(N * C, 2, H, W)`
    """
    if exclusive:
        return logits
    flat = logits.flatten(0, 1)
    return torch.stack([torch.zeros_like(flat), flat], dim=1)


def class_targets(targets: Tensor, exclusive: bool = False) -> Tensor:
    """Return targets of classes 0/1, shaped as `class_logits` shapes logits."""
    if exclusive:
        return targets
    flat = targets.flatten(0, 1)
    return torch.stack([1 - flat, flat], dim=1)
