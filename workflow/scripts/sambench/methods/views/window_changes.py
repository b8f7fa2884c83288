"""Augmentation of windows of neighbouring slices, as MA-SAM does."""

from typing import Annotated, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from sambench.compute.constants import send
from sambench.methods.batch import Batch
from sambench.methods.views.turns import TurnDraws, TurnOrRotate, rotate_nearest
from sambench.methods.views.view import View, between

# The ten changes, of which two are made, and how strong they are; the first five move
# pixels
STRENGTHS = {
    "shear_x": (-0.3, 0.3),
    "shear_y": (-0.3, 0.3),
    "scale": (0.8, 1.2),
    "shift_x": (-0.2, 0.2),
    "shift_y": (-0.2, 0.2),
    "posterise": (4.0, 8.0),
    "contrast": (0.7, 1.3),
    "brightness": (0.7, 1.3),
    "sharpness": (0.1, 1.9),
    "identity": (0.0, 0.0),
}
CHANGES = tuple(STRENGTHS)
# Where the affine maps of those that shear and shift differ from the identity
PLACES = {"shear_x": (0, 1), "shear_y": (1, 0), "shift_x": (0, 2), "shift_y": (1, 2)}
GAMMA = (0.5, 3.5)
ERASED, ASPECT = (0.02, 0.05), (0.3, 3.3)
ANGLES = (-15, 15)


class WindowDraws(NamedTuple):
    """What is drawn for each window; all are `(W,)` but for the two changes.

    Attributes
    ----------
    turned : TurnDraws
        Quarter turn and mirror.
    rotated, brightened, erased : Tensor of bool
        Whether it is rotated, changed by a gamma, erased in part.
    degrees, gamma : Tensor
        Angle of the rotation in degrees, and exponent of the change of brightness.
    rectangle : Tensor, `(W, 4)`
        Top, left, bottom, right as shares of the sides.
    noise : Tensor, `(W * slices, 1, H, W)`
        0 to 255, for what is erased.
    changes : Tensor of int, `(W, 2)`
        Two of `CHANGES`, in order.
    strengths : Tensor, `(W, 2)`
        0 to 1, between the limits of `STRENGTHS`.
    """

    turned: TurnDraws
    rotated: Tensor
    brightened: Tensor
    erased: Tensor
    degrees: Tensor
    gamma: Tensor
    rectangle: Tensor
    noise: Tensor
    changes: Tensor
    strengths: Tensor


class WindowChanges(View):
    """Turns, rotation, gamma, an erased rectangle, and two of ten changes.

    As MA-SAM's code (0c3cd90, dataset.py:300-345): each of the first four with
    probability 0.5, the same for all slices of a window, on intensities of 0 to 255.

    Parameters
    ----------
    slices : int
        Number of slices of a window; the recipe's `input.context`.
    """

    space = "normalised"

    def __init__(self, slices: Annotated[int, {"minimum": 1}] = 5):
        super().__init__()
        self.slices = slices
        self._turns = TurnOrRotate(turn=0.5, rotate=0.0)

    def draw(self, batch: Batch) -> WindowDraws:
        """Draw what happens to each window."""
        images = batch.images
        count, device = len(images) // self.slices, images.device
        uniform = torch.rand(9, count, device=device)
        area, aspect = between(ERASED, uniform[3]), between(ASPECT, uniform[4])
        height, width = (area * aspect).sqrt(), (area / aspect).sqrt()
        top, left = uniform[5] * (1 - height), uniform[6] * (1 - width)
        return WindowDraws(
            self._turns.draw(batch._replace(images=images[:: self.slices])),
            uniform[0] < 0.5,
            uniform[1] < 0.5,
            uniform[2] < 0.5,
            torch.randint(*ANGLES, (count,), device=device).float(),
            between(GAMMA, uniform[7]),
            torch.stack([top, left, top + height, left + width], -1),
            255 * torch.rand(len(images), 1, *images.shape[2:], device=device),
            torch.randint(len(CHANGES), (count, 2), device=device),
            torch.rand(count, 2, device=device),
        )

    def apply(self, batch: Batch, draws: WindowDraws) -> list[Batch]:
        """Change images, and labels where pixels move or are erased."""

        def each(drawn: Tensor) -> Tensor:  # slice of a window
            return drawn.repeat_interleave(self.slices, 0)

        def wide(drawn: Tensor) -> Tensor:
            return each(drawn)[:, None, None, None]

        channels = batch.images.shape[1]
        both = torch.cat([batch.images, batch.targets], 1)
        both = self._turns.moved(both, TurnDraws(*map(each, draws.turned)))
        rotated = rotate_nearest(both, each(draws.degrees))
        both = rotated.where(wide(draws.rotated), both)
        images, targets = both[:, :channels], both[:, channels:]
        light = 255 * (images / 255).clamp(0, 1) ** wide(draws.gamma)
        images = light.where(wide(draws.brightened), images)
        erased = _inside(each(draws.rectangle), images.shape[-2:])
        erased &= wide(draws.erased)
        images = draws.noise.where(erased, images)
        targets = targets.masked_fill(erased, 0)
        limits = send(list(STRENGTHS.values()), images.device, draws.strengths.dtype)
        strengths = between(limits[draws.changes].unbind(-1), draws.strengths)
        for change, strength in zip(draws.changes.mT, strengths.mT, strict=True):
            images, targets = _changed(images, targets, each(change), each(strength))
        return [batch._replace(images=images, targets=targets)]


def _inside(rectangles: Tensor, shape: tuple[int, int]) -> Tensor:
    """Mark pixels inside rectangles `(N, 4)` of shares: `(N, 1, H, W)`."""
    marked = []
    for side, low, high in ((shape[0], 0, 2), (shape[1], 1, 3)):
        place = (torch.arange(side, device=rectangles.device) + 0.5) / side
        inside = place >= rectangles[:, low, None]
        marked.append(inside & (place < rectangles[:, high, None]))
    rows, columns = marked
    return (rows[:, :, None] & columns[:, None, :])[:, None]


def _changed(
    images: Tensor, targets: Tensor, change: Tensor, value: Tensor
) -> tuple[Tensor, Tensor]:
    """Make one of the ten changes in each slice."""
    matrix = _matrices(change, value)
    grid = functional.affine_grid(matrix, list(images.shape), align_corners=False)
    moves = (change < CHANGES.index("posterise"))[:, None, None, None]
    moved = functional.grid_sample(images, grid, align_corners=False)
    labels = functional.grid_sample(targets, grid, mode="nearest", align_corners=False)
    images, targets = moved.where(moves, images), labels.where(moves, targets)
    strength = value[:, None, None, None]
    step = 2 ** (8 - strength.floor())
    mean = images.mean((1, 2, 3), keepdim=True)
    kinds = {
        "posterise": (images / step).floor() * step,
        "contrast": mean + (images - mean) * strength,
        "brightness": images * strength,
        "sharpness": _smoothed(images).lerp(images, strength),
    }
    for name, found in kinds.items():
        chosen = (change == CHANGES.index(name))[:, None, None, None]
        images = found.clamp(0, 255).where(chosen, images)
    return images, targets


def _matrices(change: Tensor, value: Tensor) -> Tensor:
    """Return the affine maps `(N, 2, 3)` of the changes that move pixels."""
    factors = torch.zeros(len(CHANGES), 2, 3)
    for name, place in PLACES.items():
        # shares of a side of length 2
        factors[CHANGES.index(name)][place] = 2 if name.startswith("shift") else 1
    factors = send(factors, value.device)
    identity = torch.eye(2, 3, device=value.device)
    moved = identity + factors[change] * value[:, None, None]
    scaled = (change == CHANGES.index("scale"))[:, None, None]
    return torch.where(scaled, identity / value[:, None, None], moved)


def _smoothed(images: Tensor) -> Tensor:
    """Smooth as PIL's filter SMOOTH, for the sharpness."""
    kernel = torch.ones(3, 3, device=images.device)
    kernel[1, 1] = 5
    channels = images.shape[1]
    weight = (kernel / kernel.sum()).expand(channels, 1, 3, 3)
    padded = functional.pad(images, (1, 1, 1, 1), mode="replicate")
    return functional.conv2d(padded, weight, groups=channels)
