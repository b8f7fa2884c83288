"""Mirroring."""

from typing import Annotated, Any

import torch
from torch import Tensor

from sambench.methods.transforms.transform import Transform


class Mirror(Transform):
    """Mirror rows and columns, each with probability one half.

    Parameters
    ----------
    p : float
        Probability that a slice may be mirrored at all.
    """

    def __init__(self, p: Annotated[float, {"minimum": 0, "maximum": 1}]):
        super().__init__(p)

    def numbers(self, images: Tensor) -> dict[str, Any]:
        """Draw `flips`, whether rows and columns are mirrored, `(n, 2)`."""
        return {"flips": torch.rand(len(images), 2) < 0.5}

    def change(
        self, images: Tensor, targets: Tensor, flips: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Mirror images and targets."""
        for axis in (0, 1):
            flip = flips[:, axis, None, None, None]
            images = torch.where(flip, images.flip(axis + 2), images)
            targets = torch.where(flip, targets.flip(axis + 2), targets)
        return images, targets
