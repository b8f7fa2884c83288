"""What the comparisons of CNN methods share: fixtures in float64, errors, methods."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from sambench.methods.batch import Batch
from sambench.methods.method import Method
from sambench.parity.errors import Within, relative_error


class Fixture:
    """Tensors of a fixture in float64, and what was compared with them.

    Parameters
    ----------
    tensors : mapping of str to Tensor
        Tensors of the file.
    metadata : mapping of str to str
        Its header.
    tolerance : float
        Allowed error where nothing else is said.
    """

    def __init__(
        self,
        tensors: Mapping[str, Tensor],
        metadata: Mapping[str, str],
        tolerance: float,
    ):
        self.tensors = {
            name: t.double() if t.is_floating_point() else t
            for name, t in tensors.items()
        }
        self.constants: dict[str, Any] = json.loads(metadata.get("constants", "{}"))
        self.tolerance = tolerance
        self.errors: dict[str, Within] = {}

    def __getitem__(self, name: str) -> Tensor:
        return self.tensors[name]

    def __contains__(self, name: str) -> bool:
        return name in self.tensors

    def under(self, prefix: str) -> dict[str, Tensor]:
        """Return the tensors whose names begin so, without the beginning."""
        return {
            name[len(prefix) :]: t
            for name, t in self.tensors.items()
            if name.startswith(prefix)
        }

    def numbered(self, prefix: str, rest: str) -> list[str]:
        """Return `prefix0`, `prefix1` ... as long as one with the rest exists."""
        found: list[str] = []
        while f"{prefix}{len(found)}{rest}" in self.tensors:
            found.append(f"{prefix}{len(found)}")
        return found

    def check(
        self, name: str, found: Tensor | None, tolerance: float | None = None
    ) -> None:
        """Compare one tensor, if the fixture has it."""
        if name in self.tensors:
            error = relative_error(found, self.tensors[name])
            self.errors[name] = Within(error, tolerance or self.tolerance)

    def check_all(
        self,
        prefix: str,
        found: Mapping[str, Tensor | None],
        leave: Callable[[str], bool] = lambda name: False,
    ) -> None:
        """Compare every tensor whose name begins so, but those that are left out."""
        for name in self.under(prefix):
            if not leave(name):
                self.check(prefix + name, found.get(name))


def classes(labels: Tensor, count: int) -> Tensor:
    """Return label maps `(N, H, W)` or `(N, 1, H, W)` as classes `(N, count, H, W)`."""
    labels = labels[:, 0] if labels.dim() == 4 else labels
    return one_hot(labels.long(), count).movedim(-1, 1).double()


def batch_of(images: Tensor, targets: Tensor | None = None) -> Batch:
    """Make a batch, every structure annotated."""
    targets = (
        images.new_zeros(len(images), 1, *images.shape[2:])
        if targets is None
        else targets
    )
    annotated = torch.ones(targets.shape[:2], dtype=torch.bool)
    return Batch(images, targets, annotated)


def gradients(module: nn.Module) -> dict[str, Tensor | None]:
    """Return the gradients of parameters by name."""
    return {name: p.grad for name, p in module.named_parameters()}


def method_on(
    kind: type[Method],
    network: nn.Module,
    objective: Mapping[str, Any],
    views: Iterable[Iterable[Batch]],
    **options: Any,
) -> Method:
    """Build a method around a network, seeing recorded views.

    Parameters
    ----------
    kind : type of Method
        The algorithm, as training runs it.
    network : nn.Module
        Network of the fixture.
    objective : mapping
        As in a recipe.
    views : iterable of iterables of Batch
        What `see` returns at each call.
    **options
        Arguments of the algorithm; `consistency` is that of a recipe.
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
