"""Prompts made from labels, in batches on the device.

Each function takes the label masks `(N, C, H, W)` and a source of random numbers:
`uniform(*shape)` returns numbers from [0, 1) of shape `(N, *shape)`. In training they
come from torch's generator. At test time they come from case and slice, so that every
method and every seed of a training sees the same prompts.
"""

from collections.abc import Callable, Sequence
from typing import Annotated

import numpy as np
import torch
from torch import Tensor

from sambench.methods.batch import Prompts

Uniform = Callable[..., Tensor]
ABSENT = -1.0


def random_uniform(masks: Tensor) -> Uniform:
    """Return a source of random numbers from torch's global generator."""
    return lambda *shape: torch.rand(len(masks), *shape, device=masks.device)


def seeded_uniform(seeds: Sequence[Sequence[int]]) -> Uniform:
    """Return a source of random numbers that depends on the seed of each slice alone.

    Parameters
    ----------
    seeds : sequence of sequence of int
        One per slice, non-negative.
    """

    def uniform(*shape: int) -> Tensor:
        drawn = [
            np.random.default_rng(np.random.SeedSequence(seed)).random(shape)
            for seed in seeds
        ]
        return torch.from_numpy(np.stack(drawn).astype(np.float32))

    return uniform


def no_prompt(masks: Tensor, uniform: Uniform) -> Prompts:
    """Return no prompt.

    Parameters
    ----------
    masks : Tensor of bool, `(N, C, H, W)`
        Label masks; nothing of them is used.
    uniform : callable
        Source of random numbers; not needed.
    """
    return Prompts()


def box_prompt(
    masks: Tensor,
    uniform: Uniform,
    jitter: Annotated[tuple[int, int], {"items": {"type": "integer", "minimum": 0}}] = (
        0,
        0,
    ),
    grid: Annotated[int, {"minimum": 1}] = 256,
) -> Prompts:
    """Return the bounding box of each structure in each slice.

    Parameters
    ----------
    masks : Tensor of bool, `(N, C, H, W)`
        Label masks.
    uniform : callable
        Source of random numbers.
    jitter : sequence of int
        Smallest and largest number of pixels, both included, by which each side moves
        outwards. Equal numbers move every side by as much.
    grid : int
        Columns and rows of the image on which those pixels are counted.
    """
    x0, x1 = _extent(masks.any(-2))
    y0, y1 = _extent(masks.any(-1))
    boxes = torch.stack([x0, y0, x1, y1], -1).float()
    low, high = jitter
    if high == 0:
        return Prompts(boxes=boxes)
    if low == high:
        outwards = torch.full_like(boxes, low)
    else:
        drawn = uniform(*boxes.shape[1:]).to(boxes.device)
        outwards = (low + drawn * (high + 1 - low)).floor().clamp(max=high)
    height, width = masks.shape[-2:]
    ends = boxes.new_tensor([width, height, width, height])
    signs = boxes.new_tensor([-1, -1, 1, 1])
    moved = (boxes + outwards * (ends / grid) * signs).clamp(min=0).minimum(ends)
    return Prompts(boxes=moved.where(boxes[..., :1] >= 0, ABSENT))


def whole_prompt(masks: Tensor, uniform: Uniform) -> Prompts:
    """Return a box around the whole image for every structure: no label is used.

    Parameters
    ----------
    masks : Tensor of bool, `(N, C, H, W)`
        Label masks, of which only the shape is used.
    uniform : callable
        Source of random numbers; not needed.
    """
    height, width = masks.shape[-2:]
    box = torch.tensor([0.0, 0.0, width, height], device=masks.device)
    return Prompts(boxes=box.repeat(*masks.shape[:2], 1))


def click_prompt(
    masks: Tensor, uniform: Uniform, points: Annotated[int, {"minimum": 1}] = 1
) -> Prompts:
    """Return points inside each structure, drawn evenly from its pixels.

    Parameters
    ----------
    masks : Tensor of bool, `(N, C, H, W)`
        Label masks.
    uniform : callable
        Source of random numbers.
    points : int
        Number of points per structure.
    """
    marked = masks.flatten(2).cumsum(-1)
    count = marked[..., -1:]
    drawn = uniform(masks.shape[1], points).to(masks.device)
    rank = (drawn * count).floor().clamp(max=count - 1).to(marked.dtype) + 1
    index = torch.searchsorted(marked, rank.contiguous())
    width = masks.shape[-1]
    clicks = torch.stack([index % width, index // width], -1).float()
    return Prompts(clicks=clicks.where(count[..., None] > 0, ABSENT))


def grid_prompt(
    masks: Tensor, uniform: Uniform, points_per_side: Annotated[int, {"minimum": 1}] = 9
) -> Prompts:
    """Return a grid of points that are asked about one by one: no label is used.

    The points lie as in SAM's automatic mask generation: at the centres of equal cells.

    Parameters
    ----------
    masks : Tensor of bool, `(N, C, H, W)`
        Label masks, of which only the shape is used.
    uniform : callable
        Source of random numbers; not needed.
    points_per_side : int
        Number of points along each axis.
    """
    height, width = masks.shape[-2:]
    centres = (torch.arange(points_per_side, device=masks.device) + 0.5) / (
        points_per_side
    )
    y, x = torch.meshgrid(centres * height, centres * width, indexing="ij")
    return Prompts(grid=torch.stack([x.ravel(), y.ravel()], -1))


def _extent(marked: Tensor) -> tuple[Tensor, Tensor]:
    """Return the first and last marked index of the last axis; -1 for none."""
    present = marked.any(-1)
    index = torch.arange(marked.shape[-1], device=marked.device)
    first = index.where(marked, marked.shape[-1]).amin(-1)
    last = index.where(marked, -1).amax(-1)
    return first.where(present, -1), last
