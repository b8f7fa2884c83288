"""Losses on logits of structures, each for itself.

Arguments are logits `(N, C, H, W)`, targets `(N, C, H, W)` of 0 and 1, and `annotated`
`(N, C)` of bool: whether the slice is labelled for the structure. The result is a
scalar in float32. Sums over a batch are pooled over the processes of a training, so
that the loss is that of the whole batch however many processes share it.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from sambench.compute.distributed import pooled, pooled_mean
from sambench.methods.bounds import Chance


@dataclass(frozen=True)
class DiceBCE:
    """Weighted sum of binary cross-entropy and Dice loss, per structure.

    As in DAPSAM's trainer (code at c7fd62e): Dice is pooled over the batch, with
    smoothing 1 and no squares; the terms of all structures are summed. A slice without
    annotation of a structure does not enter its terms.

    Parameters
    ----------
    dice_weight : float
        Share of the Dice loss, 0 to 1; the rest is cross-entropy.
    """

    dice_weight: Chance

    def __call__(self, logits: Tensor, targets: Tensor, annotated: Tensor) -> Tensor:
        """Compute the loss."""
        logits = at_least_single(logits)
        known = annotated[..., None, None].to(logits)
        p = logits.sigmoid() * known
        entropy = binary_cross_entropy_with_logits(logits, targets, reduction="none")
        parts = (p * targets, p, targets * known, entropy * known)
        sums = [part.sum((0, 2, 3)) for part in parts]
        pixels = annotated.sum(0).to(logits) * logits[0, 0].numel()
        summed = pooled(torch.stack([*sums, pixels]))
        overlap, predicted, labelled, crossed, count = summed
        dice = 1 - (2 * overlap + 1) / (predicted + labelled + 1)
        crossed = crossed / count.clamp(min=1)
        terms = self.dice_weight * dice + (1 - self.dice_weight) * crossed
        return terms.where(count > 0, 0).sum()


@dataclass(frozen=True)
class SquaredDiceBCE:
    """Dice with squares per slice and structure, plus binary cross-entropy.

    As MedSAM and DB-SAM write it (MONAI's DiceCELoss with sigmoid and squared_pred).
    Up to MONAI 1.2 its cross-entropy was 0 for a single channel, so their results may
    be of Dice alone; `dice_only` gives that.

    Parameters
    ----------
    dice_only : bool
        Leave the cross-entropy out.
    """

    dice_only: bool = False

    def __call__(
        self, logits: Tensor, targets: Tensor, annotated: Tensor | None = None
    ) -> Tensor:
        """Compute the loss."""
        logits = at_least_single(logits)
        p = logits.sigmoid()
        overlap = (p * targets).sum((2, 3))
        sizes = p.square().sum((2, 3)) + targets.square().sum((2, 3))
        loss = 1 - (2 * overlap + 1e-5) / (sizes + 1e-5)
        if not self.dice_only:
            loss = loss + _mean_entropy(logits, targets)
        return pooled_mean(loss, annotated)


@dataclass(frozen=True)
class SampleDiceBCE:
    """Binary cross-entropy plus Dice of each sample and structure (the audit).

    Parameters
    ----------
    smooth : float
        Added above and below the fraction line.
    """

    smooth: float = 1e-5

    def __call__(self, logits: Tensor, targets: Tensor, annotated: Tensor) -> Tensor:
        """Compute the loss."""
        logits = at_least_single(logits)
        labels = targets.to(logits)
        p = logits.sigmoid()
        overlap = (p * labels).sum((2, 3))
        sizes = (p + labels).sum((2, 3))
        dice = 1 - (2 * overlap + self.smooth) / (sizes + self.smooth)
        return pooled_mean(_mean_entropy(logits, labels) + dice, annotated)


@dataclass(frozen=True)
class BCEIoU:
    """Binary cross-entropy plus IoU loss, as in SAM-Adapter.

    Code at 665145d, models/sam.py:48-55 and 248-254: IoU without smoothing, so that an
    empty label gives the IoU loss 1 whatever is predicted.
    """

    def __call__(self, logits: Tensor, targets: Tensor, annotated: Tensor) -> Tensor:
        """Compute the loss."""
        return self.losses(logits, targets, annotated)["loss"]

    def losses(
        self, logits: Tensor, targets: Tensor, annotated: Tensor | None = None
    ) -> dict[str, Tensor]:
        """Compute `loss_bce`, `loss_iou` and their sum `loss` of annotated masks."""
        logits = logits.float()
        entropy = _mean_entropy(logits, targets)
        p = logits.sigmoid()
        common = (p * targets).sum((2, 3))
        union = p.sum((2, 3)) + targets.sum((2, 3)) - common
        entropy = pooled_mean(entropy, annotated)
        iou = pooled_mean(1 - common / union, annotated)
        return {"loss": entropy + iou, "loss_bce": entropy, "loss_iou": iou}


@dataclass(frozen=True)
class WeightedBCE:
    """Binary cross-entropy in which the structure weighs more, as in Med-SA in 2D.

    Parameters
    ----------
    pos_weight : float
        Weight of the pixels of the structure; Med-SA's code has 2 (function.py:46-47).
    """

    pos_weight: float = 2.0

    def __call__(
        self, logits: Tensor, targets: Tensor, annotated: Tensor | None = None
    ) -> Tensor:
        """Compute the loss."""
        weight = torch.full((), self.pos_weight, device=logits.device)
        entropy = _mean_entropy(logits.float(), targets, weight)
        return pooled_mean(entropy, annotated)


def _mean_entropy(
    logits: Tensor, targets: Tensor, pos_weight: Tensor | None = None
) -> Tensor:
    """Average the binary cross-entropy over the pixels of each mask, `(N, C)`."""
    entropy = binary_cross_entropy_with_logits(
        logits, targets, reduction="none", pos_weight=pos_weight
    )
    return entropy.mean((2, 3))


def at_least_single(logits: Tensor) -> Tensor:
    """Return logits in float32, or in float64 if they are."""
    return logits.to(torch.promote_types(logits.dtype, torch.float32))
