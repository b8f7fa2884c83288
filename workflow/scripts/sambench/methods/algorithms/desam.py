"""DeSAM's training: Dice of the mask, and the quality that a point should have."""

from torch import Tensor
from torch.nn import functional

SMOOTHING = 1e-5


def desam_losses(
    logits: Tensor, quality: Tensor, targets: Tensor, inside: Tensor | None
) -> dict[str, Tensor]:
    """Compute DeSAM's losses (training.py of the code at f377da2, monai 1.1.0).

    Its DiceCELoss of one channel is Dice alone: monai is pinned to a version in which
    the cross-entropy of one channel is 0.

    Parameters
    ----------
    logits, targets : Tensor, `(K, h, w)`
        Of every prompt; the target is the whole label for points in the background too.
    quality : Tensor, `(K,)`
        Predicted by the prompt module.
    inside : Tensor, `(K,)`, optional
        1 for a point inside the structure, 0 for one outside; None for boxes, with
        which the quality is not trained.

    Returns
    -------
    dict of str to Tensor
        `loss` and, of points, `loss_quality`; their sum is minimised.
    """
    p = logits.float().sigmoid()
    overlap = (p * targets).sum((1, 2))
    sizes = p.square().sum((1, 2)) + targets.square().sum((1, 2))
    found = {"loss": (1 - (2 * overlap + SMOOTHING) / (sizes + SMOOTHING)).mean()}
    if inside is not None:
        found["loss_quality"] = functional.l1_loss(quality.float(), inside)
    return found
