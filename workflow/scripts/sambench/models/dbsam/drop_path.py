"""Stochastic depth: a residual branch is left out for some samples of a batch."""

from torch import Tensor, nn


class DropPath(nn.Module):
    """Drop the input per sample in training, and scale what is kept [C].

    Parameters
    ----------
    rate : float
        Probability of dropping, in [0, 1).
    """

    def __init__(self, rate: float):
        super().__init__()
        self.rate = rate

    def forward(self, branch: Tensor) -> Tensor:
        """Drop samples of `(B, ...)`."""
        if self.rate == 0 or not self.training:
            return branch
        keep = 1 - self.rate
        shape = (len(branch),) + (1,) * (branch.ndim - 1)
        return branch * (branch.new_empty(shape).bernoulli_(keep) / keep)

    def extra_repr(self) -> str:
        """Show the rate."""
        return f"rate={self.rate}"
