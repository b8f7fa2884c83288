"""What an update may ask of the optimisers of its training."""

from typing import Protocol

from torch import Tensor


class Optimise(Protocol):
    """The part of `sambench.train.optimisation.Optimisers` that methods see.

    Names are those of the method's groups; none stands for all of them.
    """

    def __call__(self, loss: Tensor, *names: str) -> None:
        """Clear gradients, compute those of a loss, step."""

    def zero(self, *names: str) -> None:
        """Clear the gradients."""

    def backward(self, loss: Tensor) -> None:
        """Add the gradients of a loss."""

    def step(self, *names: str) -> None:
        """Step."""
