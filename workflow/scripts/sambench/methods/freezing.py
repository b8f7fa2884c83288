"""Parts of a network held still for a while: weights, or running statistics."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm


@contextmanager
def frozen_weights(*modules: nn.Module) -> Iterator[None]:
    """Compute no gradients of weights within a block; modes stay as they are."""
    trained = [p for m in modules for p in m.parameters() if p.requires_grad]
    for parameter in trained:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in trained:
            parameter.requires_grad_(True)


@contextmanager
def frozen_norms(module: nn.Module) -> Iterator[None]:
    """Normalise by the batch without learning from it, within a block.

    Running statistics stay, and weight and bias of batch norms get no gradient, as the
    code of MaxStyle has it in every pass but the standard one.
    """
    norms = [m for m in module.modules() if isinstance(m, _BatchNorm)]
    tracking = [norm for norm in norms if norm.track_running_stats]
    for norm in tracking:
        norm.track_running_stats = False
    try:
        with frozen_weights(*norms):
            yield
    finally:
        for norm in tracking:
            norm.track_running_stats = True


@contextmanager
def evaluating(module: nn.Module) -> Iterator[None]:
    """Put a module into evaluation mode within a block."""
    modes = {part: part.training for part in module.modules()}
    module.eval()
    try:
        yield
    finally:
        for part, training in modes.items():
            part.training = training
