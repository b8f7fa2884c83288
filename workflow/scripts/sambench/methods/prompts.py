"""Prompts made from labels, in batches on the device.

Each function takes the label masks `(N, C, H, W)` of bool and a source of random
numbers: `uniform(*shape)` returns numbers from [0, 1) of shape `(N, *shape)`. In
training they come from torch's generator. At test time they come from case and slice,
so that every method and every seed of a training sees the same prompts.

Prompts are exact by default: boxes are the outer edges of a structure, clicks the
centres of pixels. Some published code takes the indices of pixels for coordinates and
multiplies them onto the 1024 pixels of SAM's images, so that a box ends short of its
structure: recipes that follow it say ``coordinates: indices``.
"""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

import numpy as np
import torch
from torch import Tensor

from sambench.compute.constants import constant
from sambench.errors import find_named
from sambench.methods.batch import Prompts

Uniform = Callable[..., Tensor]
ABSENT = -1.0
SIDE = 1024  # of the images of the networks whose code multiplies indices of pixels


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
    coordinates: Literal["exact", "indices"] = "exact",
) -> Prompts:
    """Return the bounding box of each structure in each slice.

    Parameters
    ----------
    jitter : sequence of int
        Smallest and largest number of pixels, both included, by which each side moves
        outwards. Equal numbers move every side by as much.
    grid : int
        Columns and rows of the image on which those pixels are counted.
    coordinates : str
        ``"exact"``, or ``"indices"``: the box ends where the index of its last pixel is
        multiplied onto 1024 pixels, as in the code of MedSAM v0 and DB-SAM.
    """
    x0, x1 = _extent(masks.any(-2))
    y0, y1 = _extent(masks.any(-1))
    boxes = torch.stack([x0, y0, x1, y1], -1).float()
    ends = _ends(masks, coordinates)
    boxes = (boxes + ends).where(boxes >= 0, ABSENT)
    low, high = jitter
    if high == 0:
        return Prompts(boxes=boxes)
    if low == high:
        outwards = torch.full_like(boxes, low)
    else:
        drawn = uniform(*boxes.shape[1:]).to(boxes.device)
        outwards = (low + drawn * (high + 1 - low)).floor().clamp(max=high)
    height, width = masks.shape[-2:]
    sides = constant([width, height, width, height], boxes.device)
    signs = constant([-1, -1, 1, 1], boxes.device)
    moved = boxes + outwards * (sides / grid) * signs
    # Indices are clipped as indices: the last may be one pixel beyond the image
    limits = sides + ends if coordinates == "indices" else sides
    moved = moved.clamp(min=0).minimum(limits)
    return Prompts(boxes=moved.where(boxes[..., :1] >= 0, ABSENT))


def whole_prompt(
    masks: Tensor, uniform: Uniform, coordinates: Literal["exact", "indices"] = "exact"
) -> Prompts:
    """Return a box around the whole image for every structure: no label is used.

    Parameters
    ----------
    coordinates : str
        ``"exact"``, or ``"indices"``: the box [0, 0, 1024, 1024] of DeSAM's code, whose
        last pixel is one beyond the image.
    """
    height, width = masks.shape[-2:]
    box = constant([0, 0, width, height], masks.device)
    if coordinates == "indices":
        box = box + _ends(masks, coordinates)
    return Prompts(boxes=box.repeat(*masks.shape[:2], 1))


def click_prompt(
    masks: Tensor,
    uniform: Uniform,
    points: Annotated[int, {"minimum": 1}] = 1,
    coordinates: Literal["exact", "indices"] = "exact",
) -> Prompts:
    """Return points inside each structure, drawn evenly from its pixels.

    Parameters
    ----------
    points : int
        Number of points per structure.
    coordinates : str
        ``"exact"``, or ``"indices"``: indices of pixels are multiplied onto 1024
        pixels, as in DeSAM's code.
    """
    marked = masks.flatten(2).cumsum(-1)
    count = marked[..., -1:]
    drawn = uniform(masks.shape[1], points).to(masks.device)
    rank = (drawn * count).floor().clamp(max=count - 1).to(marked.dtype) + 1
    index = torch.searchsorted(marked, rank.contiguous())
    width = masks.shape[-1]
    clicks = torch.stack([index % width, index // width], -1).float()
    clicks += 0.5 * _step(masks, coordinates)
    return Prompts(clicks=clicks.where(count[..., None] > 0, ABSENT))


def grid_prompt(
    masks: Tensor, uniform: Uniform, points_per_side: Annotated[int, {"minimum": 1}] = 9
) -> Prompts:
    """Return a grid of points that are asked about one by one: no label is used.

    The points lie as in SAM's automatic mask generation: at the centres of equal cells.

    Parameters
    ----------
    points_per_side : int
        Number of points along each axis.
    """
    height, width = masks.shape[-2:]
    places = torch.arange(points_per_side, device=masks.device)
    centres = (places + 0.5) / points_per_side
    y, x = torch.meshgrid(centres * height, centres * width, indexing="ij")
    return Prompts(grid=torch.stack([x.ravel(), y.ravel()], -1))


def anywhere_prompt(
    masks: Tensor,
    uniform: Uniform,
    background: Annotated[float, {"minimum": 0, "maximum": 1}] = 0.5,
    coordinates: Literal["exact", "indices"] = "exact",
) -> Prompts:
    """Return a point inside or outside of each structure, as DeSAM trains on.

    Its label is 1 in both cases (training.py of the code at f377da2). A slice without
    the structure has no point.

    Parameters
    ----------
    background : float
        Probability of a point outside.
    coordinates : str
        As for `click_prompt`.
    """
    outside = uniform(masks.shape[1]).to(masks.device) < background
    marked = masks ^ outside[..., None, None]
    clicks = click_prompt(marked, uniform, coordinates=coordinates).clicks
    present = masks.flatten(2).any(-1)
    return Prompts(clicks=clicks.where(present[..., None, None], ABSENT))


def box_of_one_prompt(
    masks: Tensor,
    uniform: Uniform,
    **box: Annotated[Any, "sambench.methods.prompts:box_prompt"],
) -> Prompts:
    """Return the box of one structure of each slice, drawn evenly from those in it.

    As MedSAM v1 trains (train_one_gpu.py:96, code at d71e8a1); see `box_prompt`.
    """
    boxes = box_prompt(masks, uniform, **box).boxes
    there = boxes[..., 0] >= 0
    drawn = uniform(masks.shape[1]).to(boxes.device)
    chosen = drawn.where(there, -1.0).argmax(1, keepdim=True)
    numbers = torch.arange(masks.shape[1], device=boxes.device)
    boxes = boxes.where((numbers == chosen)[..., None], ABSENT)
    return Prompts(boxes=boxes, asked=chosen)


def _ends(masks: Tensor, coordinates: str) -> Tensor:
    """Return what is added to first and last index for the edges of a box.

    A network counts pixels: from the last edge on its grid it takes one. An index that
    is multiplied only needs that one added before.
    """
    step = _step(masks, coordinates)
    return constant([0, 0, step, step], masks.device)


def _step(masks: Tensor, coordinates: str) -> float:
    """Return how far a pixel reaches on the image, by its index or exactly."""
    steps = {"exact": 1.0, "indices": max(masks.shape[-2:]) / SIDE}
    return find_named(steps, coordinates, "the recipe's prompt", "coordinates")


def _extent(marked: Tensor) -> tuple[Tensor, Tensor]:
    """Return the first and last marked index of the last axis; -1 for none."""
    present = marked.any(-1)
    index = torch.arange(marked.shape[-1], device=marked.device)
    first = index.where(marked, marked.shape[-1]).amin(-1)
    last = index.where(marked, -1).amax(-1)
    return first.where(present, -1), last
