"""Losses on logits, averaged over the structures that a slice is annotated for.

Sums over a batch are pooled over the processes of a training, so that the loss is that
of the whole batch however many processes share it.
"""

from typing import Annotated

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from sambench.compute.distributed import pooled


class DiceBCE(nn.Module):
    """Weighted sum of binary cross-entropy and Dice loss, per structure.

    As in DAPSAM's trainer (code at c7fd62e): Dice is pooled over the batch, with
    smoothing 1 and no squares; the terms of all structures are summed. A slice without
    annotation of a structure does not enter its terms.

    Parameters
    ----------
    dice_weight : float
        Share of the Dice loss, 0 to 1; the rest is cross-entropy.
    """

    def __init__(self, dice_weight: Annotated[float, {"minimum": 0, "maximum": 1}]):
        super().__init__()
        self.dice_weight = dice_weight

    def forward(self, logits: Tensor, targets: Tensor, annotated: Tensor) -> Tensor:
        """Compute the loss.

        Parameters
        ----------
        logits : Tensor, `(N, C, H, W)`
            Any real value.
        targets : Tensor, `(N, C, H, W)`
            0 or 1.
        annotated : Tensor of bool, `(N, C)`
            Whether the slice is labelled for the structure.

        Returns
        -------
        Tensor
            Scalar in float32.
        """
        logits = at_least_single(logits)
        known = annotated[..., None, None].to(logits)
        p = logits.sigmoid() * known
        entropy = binary_cross_entropy_with_logits(logits, targets, reduction="none")
        sums = [
            part.sum((0, 2, 3))
            for part in (p * targets, p, targets * known, entropy * known)
        ]
        pixels = annotated.sum(0).to(logits) * logits[0, 0].numel()
        overlap, predicted, labelled, crossed, count = pooled(
            torch.stack([*sums, pixels])
        )
        dice = 1 - (2 * overlap + 1) / (predicted + labelled + 1)
        crossed = crossed / count.clamp(min=1)
        terms = self.dice_weight * dice + (1 - self.dice_weight) * crossed
        return terms.where(count > 0, 0).sum()


class SquaredDiceBCE(nn.Module):
    """Dice with squares per slice and structure, plus binary cross-entropy.

    As MedSAM and DB-SAM write it (MONAI's DiceCELoss with sigmoid and squared_pred).
    Up to MONAI 1.2 its cross-entropy was 0 for a single channel, so their results may
    be of Dice alone; `dice_only` gives that.

    Parameters
    ----------
    dice_only : bool
        Leave the cross-entropy out.
    """

    def __init__(self, dice_only: bool = False):
        super().__init__()
        self.dice_only = dice_only

    def forward(self, logits: Tensor, targets: Tensor, annotated: Tensor) -> Tensor:
        """Compute the loss; the arguments are those of `DiceBCE`."""
        logits = at_least_single(logits)
        known = annotated.to(logits)
        p = logits.sigmoid()
        overlap = (p * targets).sum((2, 3))
        sizes = p.square().sum((2, 3)) + targets.square().sum((2, 3))
        loss = 1 - (2 * overlap + 1e-5) / (sizes + 1e-5)
        if not self.dice_only:
            entropy = binary_cross_entropy_with_logits(
                logits, targets, reduction="none"
            )
            loss = loss + entropy.mean((2, 3))
        # `where`, as a loss that is not finite would survive a factor of zero
        total = loss.where(annotated, 0).sum()
        total, count = pooled(torch.stack([total, known.sum()]))
        return total / count.clamp(min=1)


def at_least_single(logits: Tensor) -> Tensor:
    """Return logits in float32, or in float64 if they are."""
    return logits.to(torch.promote_types(logits.dtype, torch.float32))
