"""One mask out of those that a grid of points gives, as DeSAM's grid test does."""

import torch
from torch import Tensor


class GridFilter:
    """Keep the best mask that passes the filters.

    Parameters
    ----------
    quality : float
        Least predicted intersection over union, 0 to 1.
    stability : float
        Least stability: intersection over union of the mask at the logits 1 and -1.
    min_share : float
        Least area, as a share of the slice.

    Notes
    -----
    The numbers of DeSAM's test (code): 0.5, 0.6 and 1000 pixels, here of 1024 x 1024.
    It takes the first mask of SAM's automatic mask generation, which sorts by quality.
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
            The logit where no mask passes.

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
        area = (masks > 0).float().mean((1, 2))
        passes = (
            (quality >= self.quality)
            & (inner / outer >= self.stability)
            & (area >= self.min_share)
        )
        if not passes.any():
            return torch.full_like(masks[0], nothing)
        return masks[quality.masked_fill(~passes, -torch.inf).argmax()]
