"""What every transform is: a coin for each slice, draws, and their use."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from sambench.compute.constants import send
from sambench.methods.batch import Batch
from sambench.methods.bounds import Chance


@dataclass
class Transform:
    """Change a share of the slices of a batch.

    Coins and numbers are drawn on the CPU, so that nothing waits for a GPU; whole
    fields of noise are drawn on the device of the batch.

    Parameters
    ----------
    p : float
        Probability that a slice is changed.
    """

    p: Chance

    def draw(self, batch: Batch) -> dict[str, Any]:
        """Draw `rows`, the slices to change, and what `numbers` draws for them."""
        rows = (torch.rand(len(batch.images)) < self.p).nonzero().flatten()
        if not len(rows):
            return {"rows": rows}
        return {"rows": rows} | self.numbers(batch.images[: len(rows)])

    def numbers(self, images: Tensor) -> dict[str, Any]:
        """Draw numbers for as many slices as there are images, `(n, K, H, W)`."""
        return {}

    def apply(self, batch: Batch, draws: dict[str, Any]) -> Batch:
        """Change the drawn slices of a batch.

        Parameters
        ----------
        batch : Batch
            Images are float32, `(N, K, H, W)`.
        draws : dict
            What `draw` returned.
        """
        rows = draws["rows"]
        if not len(rows):
            return batch
        rows = send(rows, batch.images.device)
        numbers = {
            name: send(value, rows.device) if isinstance(value, Tensor) else value
            for name, value in draws.items()
            if name != "rows"
        }
        changed = self.change(batch.images[rows], batch.targets[rows], **numbers)
        parts = zip(("images", "targets"), changed, strict=True)
        return batch._replace(
            **{
                name: getattr(batch, name).index_copy(0, rows, part)
                for name, part in parts
                if part is not None
            }
        )

    def change(
        self, images: Tensor, targets: Tensor, **numbers: Any
    ) -> tuple[Tensor, Tensor | None]:
        """Return changed images `(n, K, H, W)` and targets, or None for equal ones."""
        return self.intensities(images, **numbers), None

    def intensities(self, images: Tensor, **numbers: Any) -> Tensor:
        """Return changed images `(n, K, H, W)`, if their targets stay as they are."""
        raise NotImplementedError


def uniform(bounds: Sequence[float], *shape: int) -> Tensor:
    """Draw evenly from an interval."""
    low, high = bounds
    return low + (high - low) * torch.rand(shape)


def uniform_about_one(bounds: Sequence[float], *shape: int) -> Tensor:
    """Draw factors, below and above 1 equally often if the interval has both."""
    low, high = bounds
    above = uniform((max(low, 1), high), *shape)
    if low >= 1:
        return above
    return torch.where(torch.rand(shape) < 0.5, uniform((low, 1), *shape), above)
