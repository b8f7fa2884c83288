"""The optimisers of training, with gradients kept as they were at each step."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import Tensor, nn

from sambench.train.optimisation import Optimisers


class Recorded(Optimisers):
    """Optimisers at constant rates that remember gradients and report each update.

    Parameters
    ----------
    groups : mapping of str to sequence of Parameter
        As for `Optimisers`.
    options : mapping of str to dict
        Name and arguments of each optimiser.

    Attributes
    ----------
    after_step : callable
        Called with the loss after each update.
    """

    def __init__(
        self,
        groups: Mapping[str, Sequence[nn.Parameter]],
        options: Mapping[str, Mapping[str, Any]],
    ):
        constant = {
            name: {**own, "schedule": {"name": "constant"}}
            for name, own in options.items()
        }
        super().__init__(groups, constant, epochs=1, epoch_steps=1)
        self.after_step: Callable[[Tensor], None] = lambda loss: None
        self._gradients: dict[nn.Parameter, Tensor] = {}
        self._groups = {name: list(group) for name, group in groups.items()}

    def __call__(self, loss: Tensor, *names: str) -> None:
        """Update, then report."""
        super().__call__(loss, *names)
        self.after_step(loss)

    def step(self, *names: str) -> None:
        """Remember the gradients of all parameters, then step."""
        self._gradients = {
            p: p.grad.clone()
            for group in self._groups.values()
            for p in group
            if p.grad is not None
        }
        super().step(*names)

    def gradients(self, module: nn.Module) -> dict[str, Tensor | None]:
        """Return the gradients of a module at the last step, by name."""
        return {n: self._gradients.get(p) for n, p in module.named_parameters()}
