"""What a method learns from and is asked: named tuples of tensors."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor


class Prompts(NamedTuple):
    """Prompts of a batch, in the coordinates of its images.

    Pixel 0 reaches from 0 to 1 and has its centre at 0.5, so that a prompt means the
    same place on a grid of any size.

    Attributes
    ----------
    boxes : Tensor, `(N, C, 4)`, optional
        x0, y0, x1, y1, the outer edges; negative if the structure is absent.
    clicks : Tensor, `(N, C, P, 2)`, optional
        x, y, the centres of pixels; negative if the structure is absent.
    click_labels : Tensor, `(N, C, P)`, optional
        1 for a click inside the structure, 0 for one outside, -1 for no click; without
        it all clicks are inside.
    grid : Tensor, `(P, 2)`, optional
        x, y of points that are asked about one by one in every slice.
    answers : Tensor, `(N, C, H, W)`, optional
        Logits of an earlier answer, for networks that improve on it.
    asked : Tensor of int64, `(N, k)`, optional
        In training, the structures that may have a prompt; without it, all C may.
    """

    boxes: Tensor | None = None
    clicks: Tensor | None = None
    click_labels: Tensor | None = None
    grid: Tensor | None = None
    answers: Tensor | None = None
    asked: Tensor | None = None

    def present(self, shape: torch.Size | tuple[int, ...]) -> Tensor:
        """Return for which slices and structures `(N, C)` there is a prompt."""
        if self.boxes is not None:
            return self.boxes[..., 0] >= 0
        if self.clicks is not None:
            return self.clicks[..., 0, 0] >= 0
        device = None if self.grid is None else self.grid.device
        return torch.ones(shape, dtype=torch.bool, device=device)

    def places(self) -> tuple[Tensor, Tensor]:
        """Return the slice and the structure of each prompt that there may be.

        As many whatever is present, so that the device need not be asked how many.

        Returns
        -------
        slices, structures : Tensor of int64, `(N * k,)`
        """
        present = self.present(torch.Size())
        numbers = [torch.arange(n, device=present.device) for n in present.shape]
        asked = numbers[1].expand(present.shape) if self.asked is None else self.asked
        return numbers[0].repeat_interleave(asked.shape[1]), asked.flatten()

    def rows(self, chosen: slice | Tensor) -> "Prompts":
        """Return the prompts of some slices; a grid serves every slice."""
        return Prompts(
            *(
                part if part is None or name == "grid" else part[chosen]
                for name, part in self._asdict().items()
            )
        )


class Batch(NamedTuple):
    """Slices to learn from.

    Attributes
    ----------
    images : Tensor, `(N, K, H, W)`
        Packed intensities (uint8 or float32, K is 1 or 3) as they are read;
        `(N, 3, H, W)` in float32 after normalisation.
    targets : Tensor, `(N, C, H, W)`
        0 or 1, one channel per structure.
    annotated : Tensor of bool, `(N, C)`
        Whether the slice is labelled for the structure.
    prompts : Prompts, optional
        Prompts of the slices, for networks that take them.
    cached : Tensor, `(N, ...)`, optional
        What the frozen part of the network computed for the images, if that was stored.
    """

    images: Tensor
    targets: Tensor
    annotated: Tensor
    prompts: Prompts | None = None
    cached: Tensor | None = None


def map_tensors(function: Callable[[Tensor], Tensor], values: Any) -> Any:
    """Apply a function to a tensor, or to all in a tuple of tensors, tuples and None.

    For example `map_tensors(Tensor.pin_memory, batch)`.
    """
    if values is None:
        return None
    if isinstance(values, Tensor):
        return function(values)
    return type(values)(*(map_tensors(function, value) for value in values))


def join(values: Sequence[Any]) -> Any:
    """Concatenate tensors, or tuples of tensors, tuples and None, along their slices.

    A grid of points serves every slice, so that of the first is kept.
    """
    first = values[0]
    if first is None or len(values) == 1:
        return first
    if isinstance(first, Tensor):
        return torch.cat(list(values))
    if isinstance(first, Prompts):
        joined = Prompts(*map(join, zip(*values, strict=True)))
        return joined._replace(grid=first.grid)
    return type(first)(*map(join, zip(*values, strict=True)))
