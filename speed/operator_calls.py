"""Count the torch operator calls of a training step, by what asks for them.

    python speed/operator_calls.py dapsam erm csdg dbsam samed

On a GPU the CPU starts every operation, a few microseconds each, so that a step of many
calls on small tensors takes as long as its calls do, however fast the card is. Counted
on the CPU with the choices that a GPU would get (bfloat16, the whole bias of attention,
torch's products); calls hardly depend on the size of slices, so they are small here.
`views` are calls that start nothing on a GPU: another shape for the same numbers, or
memory without any; `waits` are calls whose result the CPU has to know and would wait
for (the coins of an augmentation are thrown on the CPU anyway). Attention with a bias
is counted as the one call that it is on a GPU. Below each table are the operations that
are called most.
"""

import argparse
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow" / "scripts"))

from sambench.methods.batch import Batch
from sambench.models.sam import attention, linear
from sambench.settings.catalogue import Catalogue
from sambench.settings.recipe import recipe_for
from sambench.train.cost import random_training
from sambench.train.randomness import seed_generators

CONFIG = Path(__file__).resolve().parents[1] / "config"
aten = torch.ops.aten
DEEPEST = 3  # names of a module's path that are told apart


class Calls(TorchDispatchMode):
    """Counts operator calls under the names of the parts that are running."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: Counter[str] = Counter()
        self.views: Counter[str] = Counter()
        self.waits: Counter[str] = Counter()
        self.operations: Counter[str] = Counter()
        self._stack = ["rest"]

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None) -> Any:
        """Count one call and let it happen."""
        name = self._stack[-1]
        self.parts[name] += 1
        self.waits[name] += _waits(operation, args)
        if operation in _EMPTY or _is_view(operation):
            self.views[name] += 1
        else:
            self.operations[operation.name()] += 1
        return operation(*args, **(kwargs or {}))

    def within(self, name: str, function: Callable) -> Callable:
        """Return a function whose calls are counted under a name."""

        def counted(*args: Any, **kwargs: Any) -> Any:
            self._stack.append(name)
            try:
                return function(*args, **kwargs)
            finally:
                self._stack.pop()

        return counted

    def name_methods(self, owner: Any, label: str, *names: str) -> None:
        """Count calls of some methods of an object under a label."""
        for name in names:
            setattr(owner, name, self.within(label, getattr(owner, name)))


def _is_view(operation: Any) -> bool:
    returned = operation._schema.returns
    alias = returned[0].alias_info if returned else None
    return alias is not None and not alias.is_write


def _waits(operation: Any, args: Sequence[Any]) -> bool:
    if operation in _INDEXING:
        indices = (index for index in args[1] if index is not None)
        return any(index.dtype == torch.bool for index in indices)
    return operation in _WAITING


_WAITING = {
    aten._local_scalar_dense.default,
    aten.equal.default,
    aten.masked_select.default,
    aten.nonzero.default,
}
_EMPTY = {
    aten._unsafe_view.default,
    aten.detach.default,
    aten.empty.memory_format,
    aten.empty_like.default,
}
_INDEXING = {aten.index.Tensor, aten.index_put.default, aten.index_put_.default}


class _FusedAttention(torch.autograd.Function):
    """Attention with a bias in as many calls as a GPU's, and with its gradients."""

    @staticmethod
    def forward(ctx: Any, query, key, value, bias, scale) -> torch.Tensor:
        found, sums = aten._scaled_dot_product_flash_attention_for_cpu(
            query, key, value, attn_mask=bias, scale=scale
        )
        ctx.save_for_backward(query, key, value, found, sums, bias)
        ctx.scale = scale
        return found

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[Any, ...]:
        *saved, bias = ctx.saved_tensors
        found = aten._scaled_dot_product_flash_attention_for_cpu_backward(
            gradient, *saved, 0.0, False, attn_mask=bias, scale=ctx.scale
        )
        return *found, torch.zeros_like(bias), None  # the CPU's has no gradient of it


def count_step(recipe: dict[str, Any], size: int, seed: int) -> Calls:
    """Count the calls of one training step, after two that are not counted."""
    method, optimise, precision = random_training(recipe, 1, torch.device("cpu"))
    calls = Calls()
    for view in getattr(method, "views", ()):
        label = f"view {type(view).__name__.lower()}"
        for step in getattr(view, "transforms", ()):
            own = f"{label}: {type(step).__name__.lower()}"
            calls.name_methods(step, own, "draw", "apply")
        calls.name_methods(view, label, "draw", "apply")
    method.normalisation = calls.within("normalisation", method.normalisation)
    for name, module in method.named_modules():
        parts = name.split(".")
        if parts[0] == "network" and len(parts) <= DEEPEST + 1:
            own = [part for part in parts[1:] if part not in ("network", "sam")]
            calls.name_methods(module, " ".join(["forward", *own[:2]]), "forward")
    if isinstance(getattr(method, "objective", None), nn.Module):
        calls.name_methods(method.objective, "objective", "forward")
    calls.name_methods(optimise, "backward", "backward")
    calls.name_methods(optimise, "optimiser", "step", "zero")
    n = recipe["training"]["batch_size"] * recipe["input"].get("context", 1)
    targets = torch.zeros(n, 1, size, size)
    targets[:, :, size // 4 : size // 2, size // 4 : size // 2] = 1
    batch = Batch(
        1000 * torch.rand(n, 1, size, size), targets, torch.ones(n, 1, dtype=torch.bool)
    )
    for counted in (False, False, True):
        seed_generators(seed)
        optimise.set_rates(0)
        with precision.autocast(), calls if counted else _nothing():
            method.update(batch, optimise)
    return calls


@contextmanager
def _nothing() -> Iterator[None]:
    yield


def main() -> None:
    """Print a table for every recipe."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recipes", nargs="+")
    parser.add_argument("--size", type=int, default=96, help="of slices, in pixels")
    parser.add_argument("--network-size", type=int, help="of networks with their own")
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--benchmark", default="prostate")
    parser.add_argument("--seed", type=int, default=1, help="of what is drawn")
    parser.add_argument("--precision", default="bfloat16")
    parser.add_argument("--most", type=int, default=12, help="operations listed")
    options = parser.parse_args()
    os.environ |= {attention.FORM_VARIABLE: "bias", linear.VARIABLE: "torch"}
    attention._attend_plainly = lambda *terms: _FusedAttention.apply(*terms)
    catalogue = Catalogue([CONFIG])
    for name in options.recipes:
        file = catalogue.load("methods", name, "the command line")
        recipe = recipe_for(file, [options.benchmark], {})
        recipe["training"]["batch_size"] = options.batch
        recipe["training"]["precision"] = options.precision
        if options.network_size and "image_size" in recipe["network"]:
            recipe["network"]["image_size"] = options.network_size
        calls = count_step(recipe, options.size, options.seed)
        _print(name, calls, options.most)


def _print(name: str, calls: Calls, most: int) -> None:
    print(f"{name:40}{'calls':>8}{'views':>8}{'started':>9}{'waits':>7}")
    for part in [*sorted(calls.parts), None]:
        total = calls.parts[part] if part else calls.parts.total()
        views = calls.views[part] if part else calls.views.total()
        waits = calls.waits[part] if part else calls.waits.total()
        cells = f"{total:>8}{views:>8}{total - views:>9}{waits:>7}"
        print(f"  {part or 'together':38}{cells}")
    common = calls.operations.most_common(most)
    print(
        "  " + ", ".join(f"{key} {count}" for key, count in common) + "\n", flush=True
    )


if __name__ == "__main__":
    main()
