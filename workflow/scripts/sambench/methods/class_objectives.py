"""Losses of the CNN methods' codes: softmax or pooled Dice, with cross-entropy."""

import torch
from torch import Tensor, cat, nn
from torch.nn.functional import binary_cross_entropy_with_logits, log_softmax

from sambench.compute.distributed import pooled, pooled_mean
from sambench.methods.classes import class_logits, class_targets
from sambench.methods.objectives import at_least_single


class ClassDiceCE(nn.Module):
    """Cross-entropy plus soft Dice over background and structure.

    Cross-entropy is averaged over pixels; Dice over samples and classes, background
    among them: 1 - (2 sum(p g) + a) / (sum(p) + sum(g) + b). CSDG has a = 0, b = 1e-5
    (code at d4d5056), where an absent class costs the whole loss; SLAug squares p and g
    in the denominator, with b = 1e-6 (03ffa00); ADS has a = b = 1e-5 (27fbc90).

    Parameters
    ----------
    dice : float
        Weight of the Dice loss; 0 leaves cross-entropy alone, as MaxStyle has it.
    above, below : float
        What is added above and below the fraction line.
    squared : bool
        Square the sizes.
    exclusive : bool
        Channels are classes already, background first.
    """

    def __init__(
        self,
        dice: float = 1.0,
        above: float = 0.0,
        below: float = 1e-5,
        squared: bool = False,
        exclusive: bool = False,
    ):
        super().__init__()
        self.dice, self.above, self.below = dice, above, below
        self.squared, self.exclusive = squared, exclusive

    def forward(self, logits: Tensor, targets: Tensor, annotated: Tensor) -> Tensor:
        """Compute the loss; the arguments are those of `DiceBCE`."""
        cross_entropy, dice = self.terms(logits, targets, annotated)
        return cross_entropy + self.dice * dice

    def terms(
        self, logits: Tensor, targets: Tensor, annotated: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Compute cross-entropy and Dice loss, both scalars."""
        logits = at_least_single(logits)
        scores = class_logits(logits, self.exclusive)
        labels = class_targets(targets.to(scores.dtype), self.exclusive)
        rows = None if self.exclusive else annotated.flatten()
        log_p = log_softmax(scores, 1)
        cross_entropy = -(log_p * labels).sum(1).mean((1, 2))
        p = log_p.exp()
        overlap = (p * labels).sum((2, 3))
        if self.squared:
            sizes = p.square().sum((2, 3)) + labels.square().sum((2, 3))
        else:
            sizes = p.sum((2, 3)) + labels.sum((2, 3))
        dice = 1 - (2 * overlap + self.above) / (sizes + self.below)
        return pooled_mean(cross_entropy, rows), pooled_mean(dice.mean(1), rows)


class PooledDice(nn.Module):
    """Dice of sigmoids, pooled over the batch, background among the classes.

    Dual-Norm (code at its released version, `dice_loss1`): no cross-entropy. The
    background's probability is that of the structure's absence here, while its code has
    its own output for it.

    Parameters
    ----------
    smooth : float
        Added above and below the fraction line.
    exclusive : bool
        Channels are classes already, each with its own sigmoid.
    """

    def __init__(self, smooth: float = 1e-5, exclusive: bool = False):
        super().__init__()
        self.smooth, self.exclusive = smooth, exclusive

    def forward(self, logits: Tensor, targets: Tensor, annotated: Tensor) -> Tensor:
        """Compute the loss; the arguments are those of `DiceBCE`."""
        logits = at_least_single(logits)
        p, labels = logits.sigmoid(), targets.to(logits.dtype)
        if not self.exclusive:
            shown = annotated[:, :, None, None].to(p)
            absent = (1 - p) * shown, (1 - labels) * shown
            p = _both(absent[0], p * shown)
            labels = _both(absent[1], labels * shown)
        overlap, sizes = pooled(
            torch.stack([(p * labels).sum((0, 2, 3)), (p + labels).sum((0, 2, 3))])
        )
        dice = (2 * overlap + self.smooth) / (sizes + self.smooth)
        return 1 - dice.mean()


class SampleDiceBCE(nn.Module):
    """Binary cross-entropy plus Dice of each sample and structure (the audit).

    Parameters
    ----------
    smooth : float
        Added above and below the fraction line.
    """

    def __init__(self, smooth: float = 1e-5):
        super().__init__()
        self.smooth = smooth

    def forward(self, logits: Tensor, targets: Tensor, annotated: Tensor) -> Tensor:
        """Compute the loss; the arguments are those of `DiceBCE`."""
        logits = at_least_single(logits)
        labels = targets.to(logits)
        p = logits.sigmoid()
        overlap = (p * labels).sum((2, 3))
        sizes = (p + labels).sum((2, 3))
        dice = 1 - (2 * overlap + self.smooth) / (sizes + self.smooth)
        entropy = binary_cross_entropy_with_logits(logits, labels, reduction="none")
        return pooled_mean(entropy.mean((2, 3)) + dice, annotated)


def _both(background: Tensor, structure: Tensor) -> Tensor:
    """Stand pairs of channels side by side, `(N, 2 C, H, W)`."""
    return cat([background, structure], dim=1)
