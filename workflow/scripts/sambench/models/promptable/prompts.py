"""Prompts as tensors, for the networks that take them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor


@dataclass
class PromptTensors:
    """Prompts of a batch, in pixels of the packed slices.

    Attributes
    ----------
    boxes : Tensor, `(B, C, 4)`, optional
        x0, y0, x1, y1; negative where the structure is absent.
    clicks : Tensor, `(B, C, P, 2)`, optional
        x, y of points inside the structure; negative where it is absent.
    grid : Tensor, `(P, 2)`, optional
        x, y of points that are asked about one by one in every slice.
    """

    boxes: Tensor | None = None
    clicks: Tensor | None = None
    grid: Tensor | None = None

    @classmethod
    def of(cls, prompts: Any) -> "PromptTensors":
        """Take over the arrays of `sambench.methods.prompts.Prompts`."""
        arrays = (prompts.boxes, prompts.clicks, prompts.grid)
        return cls(*(None if a is None else torch.from_numpy(a) for a in arrays))

    @classmethod
    def join(cls, parts: Sequence["PromptTensors"]) -> "PromptTensors":
        """Join the prompts of several batches; a grid is the same in all of them."""
        joined = {}
        for name in ("boxes", "clicks"):
            tensors = [getattr(part, name) for part in parts]
            joined[name] = None if tensors[0] is None else torch.cat(tensors)
        return cls(**joined, grid=parts[0].grid)

    def to(self, device: Any, non_blocking: bool = False) -> "PromptTensors":
        """Copy to a device."""
        tensors = (self.boxes, self.clicks, self.grid)
        moved = (
            None if t is None else t.to(device, non_blocking=non_blocking)
            for t in tensors
        )
        return PromptTensors(*moved)

    def pin_memory(self) -> "PromptTensors":
        """Pin the tensors, for the loader."""
        tensors = (self.boxes, self.clicks, self.grid)
        return PromptTensors(*(None if t is None else t.pin_memory() for t in tensors))

    def present(self, shape: torch.Size) -> Tensor:
        """Say for which slices and structures `(B, C)` there is a prompt."""
        if self.boxes is not None:
            return self.boxes[..., 0] >= 0
        if self.clicks is not None:
            return self.clicks[..., 0, 0] >= 0
        device = None if self.grid is None else self.grid.device
        return torch.ones(shape, dtype=torch.bool, device=device)
