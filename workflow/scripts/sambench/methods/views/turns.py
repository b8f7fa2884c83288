"""Flips, quarter turns and small rotations, as adapters of SAM augment."""

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from sambench.methods.batch import Batch
from sambench.methods.bounds import Chance, Count
from sambench.methods.views.view import View


class Flip(View):
    """Flip images and labels left to right with a probability, as SAM-Adapter does.

    Parameters
    ----------
    p : float
        Probability.
    """

    space = "packed"

    def __init__(self, p: Chance = 0.5):
        super().__init__()
        self.p = p

    def draw(self, batch: Batch) -> Tensor:
        """Draw which slices are flipped, `(N,)`."""
        return torch.rand(len(batch.images), device=batch.images.device) < self.p

    def apply(self, batch: Batch, draws: Tensor) -> list[Batch]:
        """Flip the slices that were drawn."""
        chosen = draws[:, None, None, None]
        images, targets = (
            part.flip(-1).where(chosen, part) for part in (batch.images, batch.targets)
        )
        return [batch._replace(images=images, targets=targets)]


class TurnDraws(NamedTuple):
    """What `TurnOrRotate` draws for each slice; all are `(N,)`.

    Attributes
    ----------
    turned, rotated : Tensor of bool
        Whether it is turned and mirrored, or rotated; never both.
    quarters : Tensor of int
        Quarter turns, 0 to 3.
    axis : Tensor of int
        0 to mirror up and down, 1 left and right.
    degrees : Tensor of float
        Angle of the rotation in degrees.
    """

    turned: Tensor
    rotated: Tensor
    quarters: Tensor
    axis: Tensor
    degrees: Tensor


class TurnOrRotate(View):
    """Turn by quarters and mirror, or else rotate a little, or nothing (SAMed).

    As its code (e351840, dataset_synapse.py:38-41): with a probability a quarter turn
    and always one mirror; otherwise with another one a rotation by whole degrees, by
    nearest pixels; otherwise nothing. Slices must be square.

    Parameters
    ----------
    turn : float
        Probability of turn and mirror.
    rotate : float
        Probability of a rotation of what is not turned.
    degrees : int
        The angle is drawn from -degrees to degrees - 1.
    """

    space = "packed"

    def __init__(
        self,
        turn: Chance = 0.5,
        rotate: Chance = 0.5,
        degrees: Count = 20,
    ):
        super().__init__()
        self.turn, self.rotate, self.degrees = turn, rotate, degrees

    def draw(self, batch: Batch) -> TurnDraws:
        """Draw what happens to each slice."""
        count, device = len(batch.images), batch.images.device
        first, second = torch.rand(2, count, device=device)
        turned = first < self.turn
        return TurnDraws(
            turned,
            ~turned & (second < self.rotate),
            torch.randint(0, 4, (count,), device=device),
            torch.randint(0, 2, (count,), device=device),
            torch.randint(-self.degrees, self.degrees, (count,), device=device).float(),
        )

    def apply(self, batch: Batch, draws: TurnDraws) -> list[Batch]:
        """Change images and labels alike."""
        channels = batch.images.shape[1]
        both = torch.cat([batch.images, batch.targets.to(batch.images)], 1)
        changed = self.moved(both, draws)
        images, targets = changed[:, :channels], changed[:, channels:]
        return [batch._replace(images=images, targets=targets.to(batch.targets))]

    def moved(self, x: Tensor, draws: TurnDraws) -> Tensor:
        """Turn and mirror, or rotate, maps `(N, K, H, W)`."""
        turned = x
        for quarters in (1, 2, 3):
            chosen = _wide(draws.quarters == quarters)
            turned = x.rot90(quarters, (-2, -1)).where(chosen, turned)
        mirrored = turned.flip(-2).where(_wide(draws.axis == 0), turned.flip(-1))
        rotated = rotate_nearest(x, draws.degrees).where(_wide(draws.rotated), x)
        return mirrored.where(_wide(draws.turned), rotated)


def rotate_nearest(x: Tensor, degrees: Tensor) -> Tensor:
    """Rotate maps `(N, K, H, W)` about their centres by nearest pixels; 0 outside.

    Parameters
    ----------
    x : Tensor, `(N, K, H, W)`
    degrees : Tensor, `(N,)`
        Counter-clockwise, as `scipy.ndimage.rotate` without reshaping.
    """
    height, width = x.shape[-2:]
    angle = degrees * (math.pi / 180)
    cos, sin = angle.cos(), angle.sin()
    ratio, zero = height / width, torch.zeros_like(cos)
    entries = [cos, -sin * ratio, zero, sin / ratio, cos, zero]
    matrix = torch.stack(entries, -1).view(-1, 2, 3)
    grid = functional.affine_grid(matrix, x.shape, align_corners=False)
    return functional.grid_sample(x, grid.to(x), mode="nearest", align_corners=False)


def _wide(chosen: Tensor) -> Tensor:
    return chosen[:, None, None, None]
