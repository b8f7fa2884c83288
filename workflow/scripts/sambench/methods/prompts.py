"""What a method is told about the label: nothing, its bounding box, or all of it.

Prompts are plain NumPy, so that a control needs no torch. What is drawn at random is
drawn per slice, from a seed that the caller gives: of case and slice at test time, so
that every method sees the same prompts, and of the visit in training.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np

Seeds = Sequence[Sequence[int]]
ABSENT = -1.0


@dataclass(frozen=True)
class Prompts:
    """Prompts of a batch of slices, in pixels of the slices.

    Attributes
    ----------
    region : ndarray of bool, `(B, C, H, W)`
        The pixels that the prompt marks, per structure.
    boxes : ndarray of float32, `(B, C, 4)`, or None
        First and last column and row of each structure as x0, y0, x1, y1, both ends
        inclusive; -1 where the structure is absent.
    clicks : ndarray of float32, `(B, C, P, 2)`, or None
        x, y of points inside each structure; -1 where it is absent.
    grid : ndarray of float32, `(P, 2)`, or None
        x, y of points that are asked about one by one, in every slice.
    """

    region: np.ndarray
    boxes: np.ndarray | None = None
    clicks: np.ndarray | None = None
    grid: np.ndarray | None = None


def no_prompt(masks: np.ndarray, seeds: Seeds | None = None) -> Prompts:
    """Tell nothing.

    Parameters
    ----------
    masks : ndarray of bool, `(B, C, H, W)`
        The labels, of which only the shape is used.
    seeds : sequence, optional
        Not used.
    """
    return Prompts(region=np.zeros_like(masks))


def label_prompt(masks: np.ndarray, seeds: Seeds | None = None) -> Prompts:
    """Tell the label itself: for the oracle only.

    Parameters
    ----------
    masks : ndarray of bool, `(B, C, H, W)`
        The labels.
    seeds : sequence, optional
        Not used.
    """
    return Prompts(region=masks.copy())


def box_prompt(
    masks: np.ndarray,
    seeds: Seeds | None = None,
    jitter: Annotated[tuple[int, int], {"items": {"type": "integer", "minimum": 0}}] = (
        0,
        0,
    ),
    grid: Annotated[int, {"minimum": 1}] = 256,
) -> Prompts:
    """Tell the bounding box of each structure in each slice.

    Parameters
    ----------
    masks : ndarray of bool, `(B, C, H, W)`
        The labels.
    seeds : sequence of sequence of int, optional
        One per slice, non-negative; needed where the jitter is random.
    jitter : sequence of int
        Least and largest number of pixels, both included, by which each side moves
        outwards: equal numbers move every side by as much.
    grid : int
        Columns and rows of the slice on which those pixels are counted.

    Raises
    ------
    ValueError
        If the jitter is random and no seeds are given.
    """
    x0, x1, columns = _extent(masks.any(axis=-2))
    y0, y1, rows = _extent(masks.any(axis=-1))
    boxes = np.stack([x0, y0, x1, y1], axis=-1).astype(np.float32)
    if max(jitter) == 0:
        return Prompts(region=rows[..., :, None] & columns[..., None, :], boxes=boxes)
    height, width = masks.shape[-2:]
    outwards = _moves(boxes.shape, seeds, jitter)
    scale = np.array([width, height, width, height], np.float32) / grid
    moved = boxes + outwards * scale * np.array([-1, -1, 1, 1])
    moved = np.clip(moved, 0, [width, height, width, height]).astype(np.float32)
    moved[boxes[..., 0] < 0] = ABSENT
    return Prompts(region=_inside(moved, height, width), boxes=moved)


def whole_prompt(masks: np.ndarray, seeds: Seeds | None = None) -> Prompts:
    """Tell a box around the whole slice, whatever is in it: no label is used.

    Parameters
    ----------
    masks : ndarray of bool, `(B, C, H, W)`
        The labels, of which only the shape is used.
    seeds : sequence, optional
        Not used.
    """
    height, width = masks.shape[-2:]
    box = np.array([0, 0, width, height], np.float32)
    boxes = np.broadcast_to(box, (*masks.shape[:2], 4)).copy()
    return Prompts(region=np.ones_like(masks), boxes=boxes)


def click_prompt(
    masks: np.ndarray,
    seeds: Seeds | None = None,
    points: Annotated[int, {"minimum": 1}] = 1,
) -> Prompts:
    """Tell points inside each structure, drawn evenly.

    Parameters
    ----------
    masks : ndarray of bool, `(B, C, H, W)`
        The labels.
    seeds : sequence of sequence of int, optional
        One per slice, non-negative; None numbers the slices.
    points : int
        Points a structure.
    """
    clicks = np.full((*masks.shape[:2], points, 2), ABSENT, np.float32)
    region = np.zeros_like(masks)
    seeds = [(number,) for number in range(len(masks))] if seeds is None else seeds
    for number, seed in enumerate(seeds):
        generator = np.random.default_rng(np.random.SeedSequence(seed))
        for channel, mask in enumerate(masks[number]):
            shares = generator.random(points)  # drawn for absent structures too
            inside = np.argwhere(mask)
            if len(inside):
                chosen = inside[(shares * len(inside)).astype(int)]
                clicks[number, channel] = chosen[:, ::-1]
                region[number, channel][tuple(chosen.T)] = True
    return Prompts(region=region, clicks=clicks)


def grid_prompt(
    masks: np.ndarray,
    seeds: Seeds | None = None,
    points_per_side: Annotated[int, {"minimum": 1}] = 9,
) -> Prompts:
    """Ask about a grid of points, one by one: no label is used.

    The points lie as in SAM's automatic mask generation: at the centres of equal cells.

    Parameters
    ----------
    masks : ndarray of bool, `(B, C, H, W)`
        The labels, of which only the shape is used.
    seeds : sequence, optional
        Not used.
    points_per_side : int
        Points along each axis.
    """
    height, width = masks.shape[-2:]
    centres = (np.arange(points_per_side) + 0.5) / points_per_side
    x, y = np.meshgrid(centres * width, centres * height)
    grid = np.stack([x.ravel(), y.ravel()], axis=-1).astype(np.float32)
    return Prompts(region=np.zeros_like(masks), grid=grid)


def _moves(
    shape: tuple[int, ...], seeds: Seeds | None, jitter: Sequence[int]
) -> np.ndarray:
    """Draw by how many pixels each side moves, `(B, C, 4)`."""
    low, high = jitter
    if low == high:
        return np.full(shape, low, np.float32)
    if seeds is None:
        raise ValueError("random jitter needs a seed for every slice")
    drawn = [
        np.random.default_rng(np.random.SeedSequence(seed)).integers(
            low, high + 1, shape[1:]
        )
        for seed in seeds
    ]
    return np.stack(drawn).astype(np.float32)


def _inside(boxes: np.ndarray, height: int, width: int) -> np.ndarray:
    """Mark the pixels inside boxes `(B, C, 4)`; none where a structure is absent."""
    x0, y0, x1, y1 = (boxes[..., side, None] for side in range(4))
    x, y = np.arange(width), np.arange(height)
    columns, rows = (x >= x0) & (x <= x1), (y >= y0) & (y <= y1)
    present = (x0 >= 0)[..., None]
    return rows[..., :, None] & columns[..., None, :] & present


def _extent(marked: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """First and last marked index of the last axis, and all indices between them."""
    length = marked.shape[-1]
    present = marked.any(axis=-1)
    first = np.where(present, marked.argmax(axis=-1), -1)
    last = np.where(present, length - 1 - marked[..., ::-1].argmax(axis=-1), -1)
    index = np.arange(length)
    between = (index >= first[..., None]) & (index <= last[..., None])
    return first, last, between & present[..., None]
