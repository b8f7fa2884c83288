"""SAM-Med2D's training: one step from a prompt, eight that correct the answer."""

from typing import Annotated, Any

import torch
from torch import Tensor
from torch.nn import functional

from sambench.methods.algorithms.sam_med2d_losses import sam_med2d_losses
from sambench.methods.algorithms.sam_med2d_prompts import (
    noisy_boxes,
    points_inside,
    points_of_errors,
)
from sambench.methods.batch import Batch, join
from sambench.methods.method import Method
from sambench.methods.optimise import Optimise

ITERATIONS = 8
POINT_COUNTS = (1, 3, 5, 9)


class SamMed2d(Method):
    """Nine steps a batch (train.py:105-215, code at bfd2b93).

    In the first, adapters, prompt encoder and decoder learn from a box or one point. In
    the others the embedding is not computed again and only the decoder learns, from
    points in the errors of the last answer and the answer itself.

    Parameters
    ----------
    recipe, structures, backbone
        As for `Method`; prompts are those of the algorithm.
    masks_per_image : int
        Masks drawn for each slice, with replacement.
    """

    def __init__(
        self,
        *arguments: Any,
        masks_per_image: int = 5,
        **more: Annotated[Any, "sambench.methods.method:Method"],
    ):
        super().__init__(*arguments, **more)
        self.masks_per_image = masks_per_image

    def update(self, batch: Batch, optimise: Optimise) -> dict[str, Tensor]:
        """Learn from one packed batch in nine steps.

        Returns
        -------
        dict of str to Tensor
            `loss` of the first step and `loss_last` of the ninth.
        """
        seen = join(self.see(batch))
        slices, targets = self._drawn(seen)
        if not len(slices):
            return self._nothing(optimise)
        embeddings = self.network.encode(seen.images)[slices]
        losses, logits = self._answer(embeddings, targets, self._first(targets))
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
            losses, logits = self._answer(embeddings, targets, given, correcting=True)
            optimise(losses["loss"])
        return first | {"loss_last": losses["loss"]}

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Compute the loss of the first step."""
        seen = join(self.see(batch))
        slices, targets = self._drawn(seen)
        if not len(slices):
            return {"loss": self._zero()}
        embeddings = self.network.encode(seen.images)[slices]
        return self._answer(embeddings, targets, self._first(targets))[0]

    def _drawn(self, seen: Batch) -> tuple[Tensor, Tensor]:
        """Draw masks of each slice: their slices `(K,)` and masks `(K, S, S)`."""
        there = seen.targets.flatten(2).any(-1) & seen.annotated
        rows = there.any(1).nonzero()[:, 0]
        if not len(rows):
            return rows, seen.targets[:0, 0]
        shares = there[rows].float()
        chosen = torch.multinomial(shares, self.masks_per_image, replacement=True)
        slices = rows.repeat_interleave(self.masks_per_image)
        masks = seen.targets[slices, chosen.flatten()]
        return slices, self.network.frame.enter_labels(masks[:, None])[:, 0]

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
        given: dict[str, Tensor],
        correcting: bool = False,
    ) -> tuple[dict[str, Tensor], Tensor]:
        """Answer prompts: the losses, and the chosen logits `(K, 1, s, s)`."""
        masks, quality = self.network.decode(
            embeddings, frozen_prompts=correcting, **given
        )
        chosen, best = self.network.choose(masks, quality)
        large = self._enlarged(chosen)[:, 0]
        return sam_med2d_losses(large, best[:, 0], targets), chosen

    def _enlarged(self, logits: Tensor) -> Tensor:
        side = self.network.frame.size
        return functional.interpolate(
            logits, (side, side), mode="bilinear", align_corners=False
        )

    def _nothing(self, optimise: Optimise) -> dict[str, Tensor]:
        """Take part in the steps of other processes, without a mask."""
        for _ in range(1 + ITERATIONS):
            loss = self._zero()
            optimise(loss)
        names = ("loss", "loss_focal", "loss_dice", "loss_iou", "loss_last")
        return dict.fromkeys(names, loss)

    def _zero(self) -> Tensor:
        return sum(p.sum() for p in self.groups()["main"]) * 0
