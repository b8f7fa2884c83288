"""Losses of adapters of SAM: cross-entropy with IoU, or with a weight."""

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits


class BCEIoU(nn.Module):
    """Binary cross-entropy plus IoU loss, as in SAM-Adapter.

    Code at 665145d, models/sam.py:48-55 and 248-254: IoU without smoothing, so that an
    empty label gives the IoU loss 1 whatever is predicted.
    """

    def forward(self, logits: Tensor, targets: Tensor, annotated: Tensor) -> Tensor:
        """Compute the loss; the arguments are those of `DiceBCE`."""
        scores, labels = logits[annotated], targets[annotated]
        if not len(scores):
            return logits.float().sum() * 0
        return self.losses(scores[:, None], labels[:, None])["loss"]

    def losses(self, logits: Tensor, targets: Tensor) -> dict[str, Tensor]:
        """Compute `loss_bce`, `loss_iou` and `loss` of masks `(K, 1, H, W)`."""
        logits = logits.float()
        entropy = binary_cross_entropy_with_logits(logits, targets)
        p = logits.sigmoid()
        common = (p * targets).sum((1, 2, 3))
        union = p.sum((1, 2, 3)) + targets.sum((1, 2, 3)) - common
        iou = (1 - common / union).mean()
        return {"loss": entropy + iou, "loss_bce": entropy, "loss_iou": iou}


class WeightedBCE(nn.Module):
    """Binary cross-entropy in which the structure weighs more, as in Med-SA in 2D.

    Parameters
    ----------
    pos_weight : float
        Weight of the pixels of the structure; Med-SA's code has 2 (function.py:46-47).
    """

    def __init__(self, pos_weight: float = 2.0):
        super().__init__()
        self.pos_weight = pos_weight

    def forward(
        self, logits: Tensor, targets: Tensor, annotated: Tensor | None = None
    ) -> Tensor:
        """Compute the loss; the arguments are those of `DiceBCE`."""
        if annotated is not None:
            if not annotated.any():
                return logits.float().sum() * 0
            logits, targets = logits[annotated], targets[annotated]
        weight = torch.tensor(self.pos_weight, device=logits.device)
        return binary_cross_entropy_with_logits(
            logits.float(), targets, pos_weight=weight
        )
