"""What every view is."""

from collections.abc import Sequence
from typing import Any, Literal

from torch import Tensor, nn

from sambench.errors import InputError
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
        """Draw, then apply.

        Raises
        ------
        InputError
            If the view returns no list of batches, or has changed the images it was
            given, which may belong to another view.
        """
        version = batch.images._version
        found = self.apply(batch, self.draw(batch))
        if not isinstance(found, list) or not all(isinstance(b, Batch) for b in found):
            raise self._wrong(
                f"a {type(found).__name__} from `apply`", "Return [batch], or several"
            )
        if not found:
            raise self._wrong("no batch from `apply`", "Return [batch], or several")
        if batch.images._version != version:
            raise self._wrong(
                "the images of the batch changed in place",
                "Work on a copy: `batch._replace(images=batch.images * 2)`, not `*=`",
            )
        return found

    def _wrong(self, found: str, remedy: str) -> InputError:
        return InputError(
            where=f"the view {type(self).__name__}",
            found=found,
            expected="a list of new batches",
            remedy=remedy,
        )


def between(limits: Sequence[float], share: Tensor) -> Tensor:
    """Return numbers between two limits, by shares of 0 to 1."""
    low, high = limits
    return low + (high - low) * share
