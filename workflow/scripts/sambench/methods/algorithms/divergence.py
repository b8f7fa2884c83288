"""How far two predictions are apart: advchain's measures (code at c8802cc)."""

import torch
from torch import Tensor
from torch.nn.functional import conv2d, log_softmax

from sambench.compute.distributed import pooled_mean
from sambench.methods.class_objectives import class_logits
from sambench.methods.objectives import at_least_single

CONTOUR = 0.5  # weight beside the divergence


def prediction_distance(
    logits: Tensor, reference: Tensor, contour: float = 0.0, exclusive: bool = False
) -> Tensor:
    """Compute KL(reference || prediction) over pixels, plus the difference of contours.

    Parameters
    ----------
    logits, reference : Tensor, `(N, C, H, W)`
        No gradient runs through the reference.
    contour : float
        Weight of the contours' term.
    exclusive : bool
        Channels are classes already.
    """
    scores, truth = (
        class_logits(at_least_single(x), exclusive)
        for x in (logits, reference.detach())
    )
    p, q = scores.softmax(1), truth.softmax(1)
    log_p, log_q = log_softmax(scores, 1), log_softmax(truth, 1)
    divergence = pooled_mean((q * log_q).sum(1) - (q * log_p).sum(1))
    if not contour:
        return divergence
    return divergence + contour * contour_distance(p, q)


def contour_distance(p: Tensor, q: Tensor) -> Tensor:
    """Compare the slopes of probabilities by Sobel filters, background left out."""
    across = p.new_tensor([[1, 0, -1], [2, 0, -2], [1, 0, -1]])
    kernels = torch.stack([across, across.T])[:, None]
    total = p.new_zeros(())
    for structure in range(1, p.shape[1]):
        one, other = (
            conv2d(x[:, structure : structure + 1], kernels, padding=1) for x in (p, q)
        )
        total = total + pooled_mean((one - other).square())
    return total / (p.shape[1] - 1)
