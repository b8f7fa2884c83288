"""A network without prompts on images of its own size."""

from typing import Any

from torch import Tensor, nn

from sambench.models.sam.frame import Frame


class Resized(nn.Module):
    """A network without prompts on images of its own size.

    Parameters
    ----------
    network : nn.Module
        Takes images `(B, 3, S, S)`, gives logits `(B, C, S, S)`.
    image_size : int
        S.
    """

    def __init__(self, network: nn.Module, image_size: int):
        super().__init__()
        self.network = network
        self.frame = Frame(image_size, "none")

    def forward(
        self, images: Tensor, prompts: Any = None, cached: Tensor | None = None
    ) -> Tensor:
        """Segment normalised slices `(B, 3, H, W)`: logits `(B, C, H, W)`."""
        logits = self.network(self.frame.enter(images))
        return self.frame.leave(logits, images.shape[-2:])
