"""SAM-Med2D's training: one step from a prompt, eight that correct the answer.

Prompts and losses are those of utils.py, code at bfd2b93.
"""

from typing import Annotated, Any

import numpy as np
import torch
from torch import Tensor

from sambench.compute.distributed import pooled, pooled_mean
from sambench.methods.batch import Batch, join
from sambench.methods.method import Method
from sambench.methods.optimise import Optimise
from sambench.models.sam.resizing import interpolated

ITERATIONS = 8
POINT_COUNTS = (1, 3, 5, 9)
INSIDE, OUTSIDE, NO_POINT = 1.0, 0.0, -1.0
NOISE_SHARE, NOISE_FACTOR, MOST = 0.1, 5, 5
FOCAL_WEIGHT = 20
ALPHA, GAMMA = 0.25, 2
TINY, SMOOTHING, IOU_SMOOTHING = 1e-12, 1.0, 1e-7


class SamMed2d(Method):
    """Nine steps a batch (train.py:105-215, code at bfd2b93).

    In the first, adapters, prompt encoder and decoder learn from a box or one point. In
    the others the embedding is not computed again and only the decoder learns, from
    points in the errors of the last answer and the answer itself.

    Parameters
    ----------
    masks_per_image : int
        Masks drawn for each slice, with replacement.
    **parts
        Arguments of `Method`; prompts are those of the algorithm.
    """

    def __init__(
        self,
        *,
        masks_per_image: int = 5,
        **parts: Annotated[Any, "sambench.methods.method:Method"],
    ):
        super().__init__(**parts)
        self.masks_per_image = masks_per_image

    def update(self, batch: Batch, optimise: Optimise) -> dict[str, Tensor]:
        """Learn from one packed batch in nine steps.

        Returns
        -------
        dict of str to Tensor
            `loss` of the first step and `loss_last` of the ninth.
        """
        seen = join(self.see(batch))
        targets, shown = self._drawn(seen)
        embeddings = self.network.encode(seen.images)
        embeddings = embeddings.repeat_interleave(self.masks_per_image, 0)
        losses, logits = self._answer(embeddings, targets, shown, self._first(targets))
        optimise(losses["loss"])
        first, embeddings = losses, embeddings.detach()
        only_mask = {int(torch.randint(1, ITERATIONS - 1, ())), ITERATIONS - 1}
        for iteration in range(ITERATIONS):
            given = {"masks": logits.detach().sigmoid()}
            if iteration not in only_mask:
                number = POINT_COUNTS[int(torch.randint(len(POINT_COUNTS), ()))]
                answer = self._enlarged(logits.detach())[:, 0] > 0
                points, labels = points_of_errors(answer, targets > 0.5, number)
                given |= {"points": points, "labels": labels}
            losses, logits = self._answer(embeddings, targets, shown, given, True)
            optimise(losses["loss"])
        return first | {"loss_last": losses["loss"]}

    def _drawn(self, seen: Batch) -> tuple[Tensor, Tensor]:
        """Draw masks of each slice, `(K, S, S)`, and whether it shows any, `(K,)`.

        A slice that shows none has masks of everything, which do not count.
        """
        there = seen.targets.flatten(2).any(-1) & seen.annotated
        some = there.any(1, keepdim=True)
        chosen = draw_places((there | ~some).float(), self.masks_per_image)
        rows = torch.arange(len(there), device=there.device)[:, None]
        masks = seen.targets[rows, chosen].where(some[..., None, None], 1)
        masks = self.network.frame.enter_labels(masks.flatten(0, 1)[:, None])[:, 0]
        return masks, some.expand(chosen.shape).flatten()

    def _first(self, targets: Tensor) -> dict[str, Tensor]:
        """Draw a box for all masks, or a point in each."""
        if torch.rand(()) < 0.5:
            return {"boxes": noisy_boxes(targets > 0.5)}
        points = points_inside(targets > 0.5)
        return {"points": points, "labels": torch.ones_like(points[..., 0])}

    def _answer(
        self,
        embeddings: Tensor,
        targets: Tensor,
        shown: Tensor,
        given: dict[str, Tensor],
        correcting: bool = False,
    ) -> tuple[dict[str, Tensor], Tensor]:
        """Answer prompts: the losses, and the chosen logits `(K, 1, s, s)`."""
        network = self.network
        found = network.decode(embeddings, frozen_prompts=correcting, **given)
        chosen, best = network.choose(*found)
        large = self._enlarged(chosen)[:, 0]
        return sam_med2d_losses(large, best[:, 0], targets, shown), chosen

    def _enlarged(self, logits: Tensor) -> Tensor:
        side = self.network.frame.size
        return interpolated(logits, (side, side))


def sam_med2d_losses(
    logits: Tensor, quality: Tensor, targets: Tensor, shown: Tensor | None = None
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
    shown : Tensor of bool, `(K,)`, optional
        Prompts that count; all, if left out.

    Returns
    -------
    dict of str to Tensor
        `loss`, and its terms `loss_focal` (without its weight of 20), `loss_dice` and
        `loss_iou`.
    """
    p, g = logits.float().sigmoid(), targets.float()
    hit = g * (1 - p) ** GAMMA * torch.log(p + TINY)
    false = (1 - g) * p**GAMMA * torch.log(1 - p + TINY)
    focal = -(ALPHA * hit + (1 - ALPHA) * false).mean((1, 2))
    focal = pooled_mean(focal, shown)
    sums = torch.stack([(p * g).sum((1, 2)), p.sum((1, 2)) + g.sum((1, 2))])
    if shown is not None:
        sums = sums.where(shown, 0)
    common, sizes = pooled(sums.sum(1))
    dice = 1 - (2 * common + SMOOTHING) / (sizes + SMOOTHING)
    iou = (common + IOU_SMOOTHING) / (sizes - common + IOU_SMOOTHING)
    term = pooled_mean((iou - quality.float()).square(), shown)
    return {
        "loss": FOCAL_WEIGHT * focal + dice + term,
        "loss_focal": focal,
        "loss_dice": dice,
        "loss_iou": term,
    }


def noisy_boxes(masks: Tensor) -> Tensor:
    """Draw the box of each mask's largest component, shifted.

    Both corners move by the same offset, uniform in -m to m - 1 for each axis, with
    m the smaller of 5 and a tenth of the shorter side times 5; upper ends are
    exclusive (utils.py:16-65).

    Parameters
    ----------
    masks : Tensor of bool, `(K, S, S)`
        None of them empty.

    Returns
    -------
    Tensor, `(K, 4)`
        x0, y0, x1, y1 in pixels of the masks.
    """
    boxes = torch.tensor(
        [_largest_box(mask) for mask in masks.cpu().numpy()], dtype=torch.float32
    )
    shorter = (boxes[:, 2:] - boxes[:, :2]).amin(1)
    most = (shorter * NOISE_SHARE * NOISE_FACTOR).floor().clamp(max=MOST)
    drawn = torch.rand(len(boxes), 2)
    shift = (drawn * 2 * most[:, None]).floor() - most[:, None]
    return (boxes + shift.repeat(1, 2)).to(masks.device)


def draw_places(weights: Tensor, number: int) -> Tensor:
    """Draw places by their weights `(K, P)`, with replacement: `(K, number)`.

    As `torch.multinomial`, which checks the weights on the host if it draws one.
    """
    if number > 1:
        return torch.multinomial(weights, number, replacement=True)
    waiting = torch.empty_like(weights).exponential_()
    return (weights / waiting).argmax(1, keepdim=True)


def points_inside(masks: Tensor, number: int = 1) -> Tensor:
    """Draw points in masks `(K, S, S)`, with replacement: `(K, number, 2)` as x, y."""
    index = draw_places(masks.flatten(1).float(), number)
    width = masks.shape[-1]
    return torch.stack([index % width, index // width], -1).float()


def points_of_errors(
    answers: Tensor, masks: Tensor, number: int
) -> tuple[Tensor, Tensor]:
    """Draw points where answers are wrong, with replacement.

    Parameters
    ----------
    answers, masks : Tensor of bool, `(K, S, S)`
        What was said and what is right.
    number : int
        Points for each mask.

    Returns
    -------
    points : Tensor, `(K, number, 2)`
        As x, y; anywhere if nothing is wrong.
    labels : Tensor, `(K, number)`
        1 in what was missed, 0 in what is false, -1 if nothing is wrong.
    """
    wrong = answers ^ masks
    none = ~wrong.flatten(1).any(1)
    points = points_inside(wrong | none[:, None, None], number)
    x, y = points.long().unbind(-1)
    rows = torch.arange(len(masks), device=masks.device)[:, None]
    missed = masks[rows, y, x]
    labels = torch.where(missed, INSIDE, OUTSIDE)
    return points, labels.where(~none[:, None], NO_POINT)


def _largest_box(mask: np.ndarray) -> list[int]:
    from scipy.ndimage import find_objects, label

    components, _ = label(mask, np.ones((3, 3)))
    sizes = np.bincount(components.ravel())[1:]
    rows, columns = find_objects(components)[int(sizes.argmax())]
    return [columns.start, rows.start, columns.stop, rows.stop]
