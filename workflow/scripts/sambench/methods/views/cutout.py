"""CutOut: a square hole in each image (DeVries and Taylor, 2017)."""

from typing import NamedTuple

import torch
from torch import Tensor

from sambench.methods.batch import Batch
from sambench.methods.bounds import Chance, Limits
from sambench.methods.views.view import View, between


class Draws(NamedTuple):
    """Random numbers.

    Attributes
    ----------
    centres : Tensor, `(N, 2)`
        Row and column of the hole's centre, 0..1 of the sides.
    sides : Tensor, `(N,)`
        Side of the hole, 0..1 of the image's height.
    cut : Tensor of bool, `(N,)`
        Whether the image gets a hole.
    """

    centres: Tensor
    sides: Tensor
    cut: Tensor


class CutOut(View):
    """Set a square to 0, the mean of a z-scored image; the label stays.

    The centre is anywhere in the image, so that the border may cut the hole.

    Parameters
    ----------
    p : float
        Probability of a hole.
    side : two floats
        Least and largest side of the hole over the height of the image.
    """

    def __init__(self, p: Chance = 1.0, side: Limits = (0.25, 0.5)):
        super().__init__()
        self.p, self.side = p, tuple(side)

    def draw(self, batch: Batch) -> Draws:
        """Draw a hole for each image."""
        n, device = len(batch.images), batch.images.device
        sides = between(self.side, torch.rand(n, device=device))
        cut = torch.rand(n, device=device) < self.p
        return Draws(torch.rand(n, 2, device=device), sides, cut)

    def apply(self, batch: Batch, draws: Draws) -> list[Batch]:
        """Cut the holes."""
        sides, centres = batch.images.shape[2:], draws.centres.T[..., None]
        half = (draws.sides * sides[0] / 2)[:, None]
        rows, columns = (
            (torch.arange(side, device=half.device) + 0.5 - side * centre).abs() <= half
            for side, centre in zip(sides, centres, strict=True)
        )
        hole = rows[:, :, None] & columns[:, None] & draws.cut[:, None, None]
        return [batch._replace(images=batch.images.masked_fill(hole[:, None], 0))]
