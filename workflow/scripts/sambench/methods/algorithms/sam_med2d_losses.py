"""SAM-Med2D's loss: focal, Dice and the quality, over all masks of a batch together."""

import torch
from torch import Tensor

FOCAL_WEIGHT = 20
ALPHA, GAMMA = 0.25, 2
TINY, SMOOTHING, IOU_SMOOTHING = 1e-12, 1.0, 1e-7


def sam_med2d_losses(
    logits: Tensor, quality: Tensor, targets: Tensor
) -> dict[str, Tensor]:
    """Compute the terms of the loss (utils.py:271-350, code at bfd2b93).

    Parameters
    ----------
    logits, targets : Tensor, `(K, H, W)`
        Logits and targets of every prompt at the size of the images; all sums run over
        prompts and pixels.
    quality : Tensor, `(K,)`
        Predicted intersection over union of each mask, which is to be the one soft
        intersection over union of the whole batch.

    Returns
    -------
    dict of str to Tensor
        `loss`, and its terms `loss_focal` (without its weight of 20), `loss_dice` and
        `loss_iou`.
    """
    p, g = logits.float().sigmoid(), targets.float()
    hit = g * (1 - p) ** GAMMA * torch.log(p + TINY)
    false = (1 - g) * p**GAMMA * torch.log(1 - p + TINY)
    focal = -(ALPHA * hit + (1 - ALPHA) * false).mean()
    common, sizes = (p * g).sum(), p.sum() + g.sum()
    dice = 1 - (2 * common + SMOOTHING) / (sizes + SMOOTHING)
    iou = (common + IOU_SMOOTHING) / (sizes - common + IOU_SMOOTHING)
    term = (iou - quality.float()).square().mean()
    return {
        "loss": FOCAL_WEIGHT * focal + dice + term,
        "loss_focal": focal,
        "loss_dice": dice,
        "loss_iou": term,
    }
