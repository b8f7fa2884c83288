"""Softmax cross-entropy and squared Dice of classes that exclude each other (SAMed)."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from sambench.compute.distributed import pooled
from sambench.errors import InputError

SMOOTHING = 1e-5


class SoftmaxDiceCE(nn.Module):
    """Weighted sum of softmax cross-entropy and Dice over classes and background.

    As in SAMed (code at e351840, utils.py:74-98, trainer.py:22-27) and MA-SAM: Dice has
    squares, smoothing 1e-5, is pooled over the whole batch and averaged over all
    classes, background included. Classes exclude each other: a pixel is of the
    structure that is listed last among those that it lies in.

    Parameters
    ----------
    dice_weight : float
        Share of the Dice loss, 0 to 1; the rest is cross-entropy.
    """

    def __init__(self, dice_weight: float = 0.8):
        super().__init__()
        self.dice_weight = dice_weight

    def forward(self, logits: Tensor, targets: Tensor, annotated: Tensor) -> Tensor:
        """Compute the loss.

        Parameters
        ----------
        logits : Tensor, `(N, C, h, w)`
            Logits of each class minus the background's.
        targets : Tensor, `(N, C, H, W)`
            0 or 1; brought to the grid of the logits by their nearest pixels.
        annotated : Tensor of bool, `(N, C)`
            Whether the slice is labelled for the structure; it must be for all.

        Raises
        ------
        InputError
            If a slice lacks a label: what it shows may then be of any class.
        """
        if not annotated.all():
            raise InputError(
                where="the objective softmax_dice_ce",
                found="slices that are not labelled for every structure",
                expected="labels of all structures, as they are classes",
                remedy="Train on domains that label the same structures",
            )
        return self.losses(logits, targets)["loss"]

    def losses(self, logits: Tensor, targets: Tensor) -> dict[str, Tensor]:
        """Compute `loss_ce`, `loss_dice` and their sum `loss` of labelled slices."""
        logits = logits.float()
        if targets.shape[-2:] != logits.shape[-2:]:
            targets = functional.interpolate(
                targets, logits.shape[-2:], mode="nearest-exact"
            )
        scores = torch.cat([torch.zeros_like(logits[:, :1]), logits], 1)
        numbers = torch.arange(1, scores.shape[1], device=targets.device)
        classes = (targets > 0.5).long().mul(numbers[:, None, None]).amax(1)
        entropy = functional.cross_entropy(scores, classes)
        p = scores.softmax(1)
        g = functional.one_hot(classes, scores.shape[1]).movedim(-1, 1).to(p)
        overlap, squares, labelled = pooled(
            torch.stack([part.sum((0, 2, 3)) for part in (p * g, p.square(), g)])
        )
        sizes = squares + labelled
        dice = (1 - (2 * overlap + SMOOTHING) / (sizes + SMOOTHING)).mean()
        total = (1 - self.dice_weight) * entropy + self.dice_weight * dice
        return {"loss": total, "loss_ce": entropy, "loss_dice": dice}
