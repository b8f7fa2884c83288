"""Regions of an image by its label: the background and each structure."""

import torch
from torch import Tensor


def region_map(targets: Tensor) -> Tensor:
    """Return which region each pixel `(N, H, W)` belongs to, by targets `(N, C, H, W)`.

    It is 0 for the background and c + 1 for structure c. Where structures overlap, as
    the cup lies in the disc, the last one counts.
    """
    numbers = torch.arange(1, targets.shape[1] + 1, device=targets.device)
    return ((targets > 0.5) * numbers.view(1, -1, 1, 1)).amax(1)
