"""Prompts that only trainings draw: a point anywhere, the box of one structure."""

from typing import Annotated

import torch
from torch import Tensor

from sambench.methods.batch import Prompts
from sambench.methods.prompts import ABSENT, EXACT, Uniform, box_prompt, click_prompt


def anywhere_prompt(
    masks: Tensor,
    uniform: Uniform,
    background: Annotated[float, {"minimum": 0, "maximum": 1}] = 0.5,
    coordinates: Annotated[str, {"enum": ["exact", "indices"]}] = EXACT,
) -> Prompts:
    """Return a point inside or outside of each structure, as DeSAM trains on.

    Its label is 1 in both cases (training.py of the code at f377da2). A slice without
    the structure has no point.

    Parameters
    ----------
    masks : Tensor of bool, `(N, C, H, W)`
        Label masks.
    uniform : callable
        Source of random numbers.
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
    jitter: Annotated[tuple[int, int], {"items": {"type": "integer", "minimum": 0}}] = (
        0,
        0,
    ),
    grid: Annotated[int, {"minimum": 1}] = 256,
    coordinates: Annotated[str, {"enum": ["exact", "indices"]}] = EXACT,
) -> Prompts:
    """Return the box of one structure of each slice, drawn evenly from those in it.

    As MedSAM v1 trains (train_one_gpu.py:96, code at d71e8a1).

    Parameters
    ----------
    masks, uniform, jitter, grid, coordinates
        As for `box_prompt`.
    """
    boxes = box_prompt(masks, uniform, jitter, grid, coordinates).boxes
    there = boxes[..., 0] >= 0
    drawn = uniform(masks.shape[1]).to(boxes.device)
    chosen = drawn.where(there, -1.0).argmax(1, keepdim=True)
    numbers = torch.arange(masks.shape[1], device=boxes.device)
    return Prompts(boxes=boxes.where((numbers == chosen)[..., None], ABSENT))
