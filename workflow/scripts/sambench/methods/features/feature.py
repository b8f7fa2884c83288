"""What every perturbation of feature maps is, and how it is attached."""

from collections.abc import Callable, Sequence
from typing import Any

from torch import Tensor, nn

from sambench.errors import find_named
from sambench.models.full_precision import full_precision


class Feature(nn.Module):
    """Change feature maps `(N, c, h, w)` in training; nothing happens in evaluation.

    A subclass overrides `draw` and `apply`, see `sambench.methods.views.view.View`.
    """

    def draw(self, x: Tensor) -> Any:
        """Return all random numbers for feature maps, as tensors on their device."""
        return None

    def apply(self, x: Tensor, draws: Any) -> Tensor:
        """Return changed feature maps of the same shape."""
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        """Draw, then apply, in float32; in evaluation return the maps as they are."""
        if not self.training:
            return x
        with full_precision(x.device):
            maps = x.float()
            return self.apply(maps, self.draw(maps)).to(x.dtype)


def attach(
    network: nn.Module,
    build: Callable[[], nn.Module],
    stages: Sequence[str | int],
    key: str = "features.stages",
) -> nn.ModuleDict:
    """Let one module change the output of each named stage of a network.

    Parameters
    ----------
    network : nn.Module
        With `stages`, a mapping of names to modules.
    build : callable
        Makes one module per stage.
    stages : sequence of str
        Names of stages.
    key : str
        Key of the recipe that names them, for the message.

    Returns
    -------
    nn.ModuleDict
        The modules by stage, for the method to hold.

    Raises
    ------
    InputError
        If the network has no such stage.
    """
    known = getattr(network, "stages", {})
    attached = nn.ModuleDict()
    for name in map(str, stages):
        stage = find_named(known, name, f"the recipe's {key}", "stage")
        feature = build()
        stage.register_forward_hook(
            lambda module, inputs, output, feature=feature: feature(output)
        )
        attached[name] = feature
    return attached
