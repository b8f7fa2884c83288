"""Losses on logits of classes, the background among them, and structures as classes.

A network here has one logit for each structure, as structures may overlap (the cup lies
in the disc). The codes of CSDG, SLAug, ADS and MaxStyle have a softmax over background
and structures. With one structure both are the same: the softmax over the logits
(0, l) is the sigmoid of l. Several structures are as many pairs (not it, it). Arguments
of losses are those of `objectives`.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, cat
from torch.nn import functional

from sambench.compute.distributed import pooled, pooled_mean
from sambench.methods.objectives import at_least_single
from sambench.methods.regions import region_map

SMOOTHING = 1e-5  # of `SoftmaxDiceCE`


def class_logits(logits: Tensor, exclusive: bool = False) -> Tensor:
    """Return logits of classes, of which the first is the background.

    Those of structures `(N, C, H, W)` become `(N * C, 2, H, W)`; if `exclusive`, they
    are classes already.
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


@dataclass(frozen=True)
class ClassDiceCE:
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

    dice: float = 1.0
    above: float = 0.0
    below: float = 1e-5
    squared: bool = False
    exclusive: bool = False

    def __call__(self, logits: Tensor, targets: Tensor, annotated: Tensor) -> Tensor:
        """Compute the loss."""
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
        log_p = functional.log_softmax(scores, 1)
        cross_entropy = -(log_p * labels).sum(1).mean((1, 2))
        p = log_p.exp()
        overlap = (p * labels).sum((2, 3))
        power = 2 if self.squared else 1
        sizes = p.pow(power).sum((2, 3)) + labels.pow(power).sum((2, 3))
        dice = 1 - (2 * overlap + self.above) / (sizes + self.below)
        return pooled_mean(cross_entropy, rows), pooled_mean(dice.mean(1), rows)


@dataclass(frozen=True)
class PooledDice:
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

    smooth: float = 1e-5
    exclusive: bool = False

    def __call__(self, logits: Tensor, targets: Tensor, annotated: Tensor) -> Tensor:
        """Compute the loss."""
        logits = at_least_single(logits)
        p, labels = logits.sigmoid(), targets.to(logits.dtype)
        if not self.exclusive:
            shown = annotated[:, :, None, None].to(p)
            p = cat([(1 - p) * shown, p * shown], dim=1)
            labels = cat([(1 - labels) * shown, labels * shown], dim=1)
        overlap, sizes = pooled(
            torch.stack([(p * labels).sum((0, 2, 3)), (p + labels).sum((0, 2, 3))])
        )
        dice = (2 * overlap + self.smooth) / (sizes + self.smooth)
        return 1 - dice.mean()


@dataclass(frozen=True)
class SoftmaxDiceCE:
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

    needs_all_labels: ClassVar[bool] = True
    dice_weight: float = 0.8

    def __call__(self, logits: Tensor, targets: Tensor, annotated: Tensor) -> Tensor:
        """Compute the loss of logits `(N, C, h, w)`, less the background's.

        Targets are brought to the grid of the logits by their nearest pixels. If a
        slice lacks a label, it may show any class, and the loss is not a number.
        """
        loss = self.losses(logits, targets)["loss"]
        return loss.where(annotated.all(), torch.nan)

    def losses(self, logits: Tensor, targets: Tensor) -> dict[str, Tensor]:
        """Compute `loss_ce`, `loss_dice` and their sum `loss` of labelled slices."""
        logits = logits.float()
        size = logits.shape[-2:]
        if targets.shape[-2:] != size:
            targets = functional.interpolate(targets, size, mode="nearest-exact")
        scores = torch.cat([torch.zeros_like(logits[:, :1]), logits], 1)
        classes = region_map(targets)
        entropy = functional.cross_entropy(scores, classes, reduction="none")
        entropy = pooled_mean(entropy)
        p = scores.softmax(1)
        g = functional.one_hot(classes, scores.shape[1]).movedim(-1, 1).to(p)
        overlap, squares, labelled = pooled(
            torch.stack([part.sum((0, 2, 3)) for part in (p * g, p.square(), g)])
        )
        sizes = squares + labelled
        dice = (1 - (2 * overlap + SMOOTHING) / (sizes + SMOOTHING)).mean()
        total = (1 - self.dice_weight) * entropy + self.dice_weight * dice
        return {"loss": total, "loss_ce": entropy, "loss_dice": dice}
