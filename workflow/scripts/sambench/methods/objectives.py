"""Losses on logits, averaged over the structures that a slice is annotated for."""

from typing import Annotated

from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits


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
        from monai.losses import DiceLoss

        super().__init__()
        self.dice_weight = dice_weight
        self._dice = DiceLoss(
            sigmoid=True, batch=True, smooth_nr=1.0, smooth_dr=1.0, reduction="mean"
        )

    def forward(self, logits: Tensor, targets: Tensor, annotated: Tensor) -> Tensor:
        """Compute the loss.

        Parameters
        ----------
        logits : Tensor, `(B, C, H, W)`
            Any real value.
        targets : Tensor, `(B, C, H, W)`
            0 or 1.
        annotated : Tensor of bool, `(B, C)`
            Whether the slice is labelled for the structure.

        Returns
        -------
        Tensor
            Scalar in float32.
        """
        logits = logits.float()
        total = logits.new_zeros(())
        for channel in range(logits.shape[1]):
            rows = annotated[:, channel]
            if not rows.any():
                continue
            scores = logits[rows, channel : channel + 1]
            labels = targets[rows, channel : channel + 1]
            total = total + self.dice_weight * self._dice(scores, labels)
            cross_entropy = binary_cross_entropy_with_logits(scores, labels)
            total = total + (1 - self.dice_weight) * cross_entropy
        return total


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
        scores, labels = logits.float()[annotated], targets[annotated]
        if not len(scores):
            return logits.float().sum() * 0
        probability = scores.sigmoid()
        overlap = (probability * labels).sum((1, 2))
        sizes = probability.square().sum((1, 2)) + labels.square().sum((1, 2))
        dice = (1 - (2 * overlap + 1e-5) / (sizes + 1e-5)).mean()
        if self.dice_only:
            return dice
        return dice + binary_cross_entropy_with_logits(scores, labels)
