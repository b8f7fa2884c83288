"""Regions of an image by its label: the background and each structure."""

import torch
from torch import Tensor


def region_map(targets: Tensor) -> Tensor:
    """Return which region each pixel belongs to.

    Where structures overlap, as the cup lies in the disc, the last one counts.

    Parameters
    ----------
    targets : Tensor, `(N, C, H, W)`
        0 or 1.

    Returns
    -------
    Tensor of int64, `(N, H, W)`
        0 for the background, c + 1 for structure c.
    """
    numbers = torch.arange(1, targets.shape[1] + 1, device=targets.device)
    return ((targets > 0.5) * numbers.view(1, -1, 1, 1)).amax(1)
