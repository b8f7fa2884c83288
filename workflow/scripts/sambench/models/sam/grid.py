"""One mask out of those that a grid of points gives, as SAM's automatic generation."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

EIGHT = np.ones((3, 3))


class Listed(NamedTuple):
    """A mask that the generator lists.

    Attributes
    ----------
    index : int
        Index of the mask before it was tidied.
    mask : ndarray of bool, `(H, W)`
        Without small islands and holes.
    """

    index: int
    mask: np.ndarray


@dataclass
class GridFilter:
    """Keep the first mask of SAM's automatic mask generation.

    Masks of low quality or stability are dropped, and those whose box is nearly that of
    a better one. The best that has neither a small island nor a small hole is listed
    first; those that have some come after, tidied.

    Parameters
    ----------
    quality : float
        Predicted intersection over union, 0 to 1, that masks must exceed.
    stability : float, optional
        Least stability: intersection over union of the mask at the logits `offset` and
        -`offset`. Not asked for if left out: DeSAM passes 0.6 to a filter that its code
        skips.
    min_share : float
        Least area of islands and holes, as a share of the slice: DeSAM's 1000 pixels
        are of the slice of 256 x 256 (training.py:277-287, code at f377da2).
    duplicate : float
        Intersection over union of boxes above which the worse mask is dropped.
    offset : float
        By how much logits are moved for the stability.
    ambiguous : bool
        Take the three masks for ambiguous prompts, as SAM's generator does, and not the
        one for clear prompts, as DeSAM's does.
    """

    quality: float = 0.5
    stability: float | None = 0.6
    min_share: float = 1000 / 256**2
    duplicate: float = 0.7
    offset: float = 1.0
    ambiguous: bool = True

    @property
    def masks(self) -> slice:
        """Which masks of a point are taken."""
        return slice(1, None) if self.ambiguous else slice(0, 1)

    def __call__(self, masks: Tensor, quality: Tensor, nothing: float) -> Tensor:
        """Choose a mask; return its logits `(H, W)`.

        Parameters
        ----------
        masks, quality : Tensor, `(K, H, W)` and `(K,)`
            Logits of the masks of all points, and their predicted qualities.
        nothing : float
            The logit if no mask passes, and of islands that are taken away.
        """
        listed = self.listed(masks, quality)
        if not listed:
            return masks.new_full(masks.shape[1:], nothing)
        index, tidied = listed[0]
        logits, wanted = masks[index], torch.from_numpy(tidied).to(masks.device)
        removed, filled = (logits > 0) & ~wanted, (logits <= 0) & wanted
        return logits.masked_fill(removed, nothing).masked_fill(filled, -nothing)

    def listed(self, masks: Tensor, quality: Tensor) -> list[Listed]:
        """Return all masks that the generator lists, in order; see `__call__`."""
        passes = quality > self.quality
        if self.stability is not None:
            inner, outer = (
                (masks > level).sum((1, 2)).float().clamp_min(least)
                for level, least in ((self.offset, 0), (-self.offset, 1))
            )
            passes &= inner / outer >= self.stability
        order = torch.argsort(quality, descending=True, stable=True)
        order = [index for index in order.tolist() if passes[index]]
        binary = {index: (masks[index] > 0).cpu().numpy() for index in order}
        kept = self._without_duplicates([Listed(i, binary[i]) for i in order])
        clean, mended = [], []
        for index, mask in kept:
            tidied, changed = _tidied(mask, round(self.min_share * mask.size))
            (mended if changed else clean).append(Listed(index, tidied))
        return list(self._without_duplicates(clean + mended))

    def _without_duplicates(self, masks: list[Listed]) -> Iterator[Listed]:
        """Yield masks whose box is nearly that of none before them."""
        boxes: list[tuple[int, ...]] = []
        for each in masks:
            box = (*_ends(each.mask.any(0)), *_ends(each.mask.any(1)))
            if all(_overlap(box, other) <= self.duplicate for other in boxes):
                boxes.append(box)
                yield each


def _ends(marked: np.ndarray) -> tuple[int, int]:
    inside = marked.nonzero()[0]
    return (int(inside[0]), int(inside[-1])) if len(inside) else (0, 0)


def _overlap(box: tuple[int, ...], other: tuple[int, ...]) -> float:
    """Return the intersection over union of boxes x0, x1, y0, y1."""
    width = min(box[1], other[1]) - max(box[0], other[0])
    height = min(box[3], other[3]) - max(box[2], other[2])
    common = max(width, 0) * max(height, 0)
    areas = sum((b[1] - b[0]) * (b[3] - b[2]) for b in (box, other))
    return common / (areas - common) if areas > common else 0.0


def _tidied(mask: np.ndarray, least: int) -> tuple[np.ndarray, bool]:
    """Fill holes and drop islands of fewer pixels; the largest island stays.

    Returns
    -------
    mask : ndarray of bool
    changed : bool
        Whether there was any such region, even if it is the largest island and stays:
        SAM's generator counts that as a change.
    """
    from scipy.ndimage import label

    holes, count = label(~mask, EIGHT)
    small = np.bincount(holes.ravel(), minlength=count + 1) < least
    small[0] = False
    changed = bool(small.any())
    mask = mask | small[holes]
    islands, count = label(mask, EIGHT)
    sizes = np.bincount(islands.ravel(), minlength=count + 1)[1:]
    if (sizes >= least).all():
        return mask, changed
    large = np.concatenate([[False], sizes >= least])
    if not large.any():
        large[1 + sizes.argmax()] = True
    return large[islands], True
