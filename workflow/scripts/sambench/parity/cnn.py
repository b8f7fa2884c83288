"""What the comparisons of CNN methods share: batches, methods, recorded updates."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from sambench.methods.algorithms.synthesiser import AdaIN
from sambench.methods.batch import Batch
from sambench.methods.method import Method
from sambench.models.cnn.dual_norm import DomainNorm
from sambench.parity.fixture import Fixture
from sambench.train.optimisation import Optimisers

Pair = tuple[Tensor, Tensor]
NORMS = (nn.BatchNorm2d, DomainNorm, AdaIN)


def classes(labels: Tensor, count: int) -> Tensor:
    """Return label maps `(N, H, W)` or `(N, 1, H, W)` as classes `(N, count, H, W)`."""
    labels = labels[:, 0] if labels.dim() == 4 else labels
    return one_hot(labels.long(), count).movedim(-1, 1).double()


def batch_of(images: Tensor, targets: Tensor | None = None) -> Batch:
    """Make a batch, every structure annotated."""
    targets = torch.zeros_like(images[:, :1]) if targets is None else targets
    annotated = torch.ones(targets.shape[:2], dtype=torch.bool)
    return Batch(images, targets, annotated)


def states(parts: Mapping[str, nn.Module]) -> dict[str, Tensor]:
    """Return the state of several parts, each under its name."""
    return {
        f"{part}.{key}": value
        for part, module in parts.items()
        for key, value in module.state_dict().items()
    }


def changed(fixture: Fixture, change: Callable, probe: str = "probe") -> Pair:
    """Return changed features `x`, and the gradient of their product with a probe."""
    x = fixture["x"].clone().requires_grad_()
    found = change(x)
    (found * fixture[probe]).sum().backward()
    return found, x.grad


def gradients(module: nn.Module) -> dict[str, Tensor | None]:
    """Return the gradients of parameters by name."""
    return {name: p.grad for name, p in module.named_parameters()}


def biases_before_norms(module: nn.Module) -> set[str]:
    """Name the biases that a norm follows: their exact gradient is 0."""
    return {
        f"{owner}.{name}.bias".lstrip(".")
        for owner, part in module.named_modules()
        for (name, layer), (_, following) in pairwise(part.named_children())
        if isinstance(following, NORMS) and not isinstance(layer, NORMS)
    }


def method_on(
    kind: type[Method],
    network: nn.Module,
    objective: Mapping[str, Any],
    views: Iterable[Iterable[Batch]],
    **options: Any,
) -> Method:
    """Build a method around a network, as training runs it, seeing recorded views.

    `see` returns the views one after the other; `options` are the arguments of the
    algorithm, and `consistency`, as the objective that of a recipe.
    """
    recipe = {
        "network": {"name": "sambench.parity.tiny_models:given", "network": network},
        "input": {"normalisation": "zscore"},
        "objective": dict(objective),
        "consistency": options.pop("consistency", None),
    }
    method = kind(recipe=recipe, structures=["structure"], **options)
    recorded = iter(views)
    method.see = lambda batch: list(next(recorded))
    return method.double()


class Recorded(Optimisers):
    """Optimisers at constant rates that remember gradients and report each update.

    Every group has an optimiser of the same name and options.

    Attributes
    ----------
    after_step : callable
        Called with the loss after each update.
    """

    def __init__(
        self, groups: Mapping[str, Sequence[nn.Parameter]], name: str, **options: Any
    ):
        each = {"name": name, **options}
        others = dict.fromkeys(groups.keys() - {"main"}, each)
        training = {"optimiser": each, "optimisers": others, "epochs": 1}
        super().__init__(groups, training | {"schedule": {"name": "constant"}}, 1)
        self.after_step: Callable[[Tensor], None] = lambda loss: None
        self._gradients: dict[nn.Parameter, Tensor] = {}
        self._parameters = [p for group in groups.values() for p in group]

    def __call__(self, loss: Tensor, *names: str) -> None:
        """Update, then report."""
        super().__call__(loss, *names)
        self.after_step(loss)

    def step(self, *names: str) -> None:
        """Remember the gradients of all parameters, then step."""
        there = (p for p in self._parameters if p.grad is not None)
        self._gradients = {p: p.grad.clone() for p in there}
        super().step(*names)

    def check(
        self,
        fixture: Fixture,
        name: str,
        module: nn.Module,
        leave: Collection[str] = (),
    ) -> None:
        """Compare a module's gradients at the last step, and its state after it."""
        fixture.check_all(f"{name}.grad.", self.gradients(module), leave)
        fixture.check_all(f"{name}.after.", module.state_dict(), leave)

    def gradients(self, module: nn.Module) -> dict[str, Tensor | None]:
        """Return the gradients of a module at the last step, by name."""
        return {n: self._gradients.get(p) for n, p in module.named_parameters()}
