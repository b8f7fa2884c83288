"""What every view is."""

from collections.abc import Sequence
from typing import Any, Literal

from torch import Tensor, nn

from sambench.methods.batch import Batch


class View(nn.Module):
    """Make one or several changed batches of a batch, on its device.

    A subclass overrides `draw` and `apply`. All that is random is drawn in `draw`, so
    that `apply` can be checked against other code with the same numbers.

    Attributes
    ----------
    space : ``"packed"`` or ``"normalised"``
        Whether the view changes images before or after normalisation.
    """

    space: Literal["packed", "normalised"] = "normalised"

    def draw(self, batch: Batch) -> Any:
        """Return all random numbers for a batch, as tensors on its device."""
        return None

    def apply(self, batch: Batch, draws: Any) -> list[Batch]:
        """Return the views of a batch.

        Parameters
        ----------
        batch : Batch
            Images are float32, `(N, K, H, W)`; prompts are not set yet.
        draws : Any
            What `draw` returned.

        Returns
        -------
        list of Batch
            One for an augmentation, one per view otherwise.
        """
        raise NotImplementedError

    def forward(self, batch: Batch) -> list[Batch]:
        """Draw, then apply."""
        return self.apply(batch, self.draw(batch))


def between(limits: Sequence[float], share: Tensor) -> Tensor:
    """Return numbers between two limits, by shares of 0 to 1."""
    low, high = limits
    return low + (high - low) * share
