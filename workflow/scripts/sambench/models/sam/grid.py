"""One mask out of those that a grid of points gives, as DeSAM's grid test does."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

DUPLICATE = 0.7  # intersection over union of boxes, as in SAM's automatic generation


class GridFilter:
    """Keep the first mask of SAM's automatic mask generation.

    Masks of low quality or stability are dropped, and those whose box is nearly that of
    a better one. The best that has neither a small island nor a small hole is kept;
    where all have some, the best after these are taken away.

    Parameters
    ----------
    quality : float
        Predicted intersection over union, 0 to 1, that masks must exceed.
    stability : float
        Least stability: intersection over union of the mask at the logits 1 and -1.
    min_share : float
        Least area of islands and holes, as a share of the slice.

    Notes
    -----
    The numbers of DeSAM's test (code): 0.5, 0.6 and 1000 pixels, here of 1024 x 1024.
    """

    def __init__(
        self,
        quality: float = 0.5,
        stability: float = 0.6,
        min_share: float = 1000 / 1024**2,
    ):
        self.quality, self.stability = quality, stability
        self.min_share = min_share

    def __call__(self, masks: Tensor, quality: Tensor, nothing: float) -> Tensor:
        """Choose a mask.

        Parameters
        ----------
        masks, quality : Tensor, `(P, M, H, W)` and `(P, M)`
            Of every point: logits of all mask tokens, of which the first is left out,
            and their predicted qualities.
        nothing : float
            The logit where no mask passes, and of islands that are taken away.

        Returns
        -------
        Tensor, `(H, W)`
            Logits.
        """
        masks, quality = masks[:, 1:].flatten(0, 1), quality[:, 1:].flatten()
        inner, outer = (
            (masks > level).sum((1, 2)).float().clamp_min(minimum)
            for level, minimum in ((1, 0), (-1, 1))
        )
        passes = (quality > self.quality) & (inner / outer >= self.stability)
        best = None
        for index in _without_duplicates(masks, quality, passes):
            mask = (masks[index] > 0).cpu().numpy()
            tidied = _tidied(mask, self.min_share * mask.size)
            if np.array_equal(tidied, mask):
                return masks[index]
            if best is None:
                best = index, mask, tidied
        if best is None:
            return torch.full_like(masks[0], nothing)
        index, mask, tidied = best
        removed, filled = (
            torch.from_numpy(part).to(masks.device)
            for part in (mask & ~tidied, tidied & ~mask)
        )
        return masks[index].masked_fill(removed, nothing).masked_fill(filled, -nothing)


def _without_duplicates(
    masks: Tensor, quality: Tensor, passes: Tensor
) -> Iterator[int]:
    """Yield masks by falling quality whose box no mask before them has."""
    boxes: list[tuple[int, ...]] = []
    for index in torch.argsort(quality, descending=True, stable=True).tolist():
        if not passes[index]:
            continue
        mask = masks[index] > 0
        box = (*_ends(mask.any(0)), *_ends(mask.any(1)))
        if all(_overlap(box, other) <= DUPLICATE for other in boxes):
            boxes.append(box)
            yield index


def _ends(marked: Tensor) -> tuple[int, int]:
    inside = marked.nonzero()
    return (int(inside[0]), int(inside[-1])) if len(inside) else (0, 0)


def _overlap(box: tuple[int, ...], other: tuple[int, ...]) -> float:
    """Give the intersection over union of boxes x0, x1, y0, y1."""
    width = min(box[1], other[1]) - max(box[0], other[0])
    height = min(box[3], other[3]) - max(box[2], other[2])
    common = max(width, 0) * max(height, 0)
    areas = sum((b[1] - b[0]) * (b[3] - b[2]) for b in (box, other))
    return common / (areas - common) if areas > common else 0.0


def _tidied(mask: np.ndarray, least: float) -> np.ndarray:
    """Fill holes and drop islands of fewer pixels; the largest island stays."""
    from scipy.ndimage import label

    eight = np.ones((3, 3))
    holes, _ = label(~mask, eight)
    small = np.bincount(holes.ravel()) < least
    small[0] = True  # the mask itself
    mask = small[holes]
    islands, count = label(mask, eight)
    if not count:
        return mask
    sizes = np.bincount(islands.ravel())
    sizes[0] = 0
    large = sizes >= least
    large[0] = False
    large[sizes.argmax()] = True
    return large[islands]
