"""The prompts that SAM-Med2D draws in training (utils.py, code at bfd2b93)."""

import numpy as np
import torch
from torch import Tensor

INSIDE, OUTSIDE, NO_POINT = 1.0, 0.0, -1.0
NOISE_SHARE, NOISE_FACTOR, MOST = 0.1, 5, 5


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


def points_inside(masks: Tensor, number: int = 1) -> Tensor:
    """Draw points in masks `(K, S, S)`, with replacement: `(K, number, 2)` as x, y."""
    index = torch.multinomial(masks.flatten(1).float(), number, replacement=True)
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
