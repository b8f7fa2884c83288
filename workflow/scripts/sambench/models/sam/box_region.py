"""Boxes as prompts by their corners and, as masks, by their regions.

SAM learned where the corners of a box lie from a billion masks. Our small SAM has seen
some ten thousand drawn ones; it reads the box as a mask as well, which SAM's prompt
encoder can do.
"""

import torch
from torch import Tensor

from sambench.compute.constants import constant
from sambench.models.sam.package import PromptEncoder

STRENGTH = 4.0  # of the mask prompt inside the box; the negative of it outside


class BoxRegionPromptEncoder(PromptEncoder):
    """SAM's prompt encoder, to which a box is also a mask. Same parameters."""

    def forward(
        self,
        points: tuple[Tensor, Tensor] | None,
        boxes: Tensor | None,
        masks: Tensor | None,
    ) -> tuple[Tensor, Tensor]:
        """Encode prompts as SAM's does.

        Boxes `(N, 4)` are first and last pixels of the images, both inclusive: the
        region ends at the outer edge of the last.
        """
        if boxes is not None and masks is None:
            rows, columns = self.mask_input_size
            edges = boxes + constant([0, 0, 1, 1], boxes.device, boxes.dtype)
            share_x = _covered(edges[:, 0::2] / self.input_image_size[1], columns)
            share_y = _covered(edges[:, 1::2] / self.input_image_size[0], rows)
            region = share_y[:, None, :, None] * share_x[:, None, None, :]
            masks = STRENGTH * (2 * region - 1)
        return super().forward(points, boxes, masks)


def read_boxes_as_regions(sam: torch.nn.Module) -> None:
    """Turn the prompt encoder of a SAM into a `BoxRegionPromptEncoder`, in place."""
    sam.prompt_encoder.__class__ = BoxRegionPromptEncoder


def _covered(ends: Tensor, cells: int) -> Tensor:
    """Return the share of each cell, 0 to 1, between two ends `(N, 2)` of 0 to 1."""
    edges = torch.arange(cells, device=ends.device, dtype=ends.dtype)
    low, high = ends[:, :1] * cells, ends[:, 1:] * cells
    upper = torch.minimum(high, edges + 1)
    return (upper - torch.maximum(low, edges)).clamp(0, 1)
