"""What a training step costs, counted without computing it.

The step of a training runs on tensors without numbers (see `counting.py`), so that a
ViT-H takes seconds and no memory. Only the augmentation is left out, and an algorithm
that computes outside of torch is counted as a plain step of its network.
"""

import gc
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch

from sambench.compute.device import prepare
from sambench.compute.precision import Precision
from sambench.embed.use import encoding_of
from sambench.methods.batch import Batch, map_tensors
from sambench.methods.method import Method, build_method
from sambench.models.sam.attention_rows import counted_attention
from sambench.train.counting import FAKE, Counter, without_numbers
from sambench.train.optimisation import Optimisers, prepare_training

BYTES = 4  # of a number in float32
MOMENTS = {"adam": 2, "adamw": 2, "sgd": 1}
PROCESS = 2**29  # Python, torch, MONAI and their libraries, measured on a CPU


class Cost(NamedTuple):
    """The cost of one training step.

    Attributes
    ----------
    flops : int
        Floating point operations, forward and backward.
    memory : int
        Peak of a process in bytes, in float32: parameters, gradients, the optimiser's
        moments and what is kept for the backward pass.
    parameters, trained : int
        Parameters of the network, and those that are trained.
    fixed : int
        Bytes of `memory` that the number of pixels does not change.
    """

    flops: int
    memory: int
    parameters: int
    trained: int
    fixed: int = 0

    def scaled(self, ratio: float) -> "Cost":
        """Return the cost for another number of pixels, of a convolutional network."""
        memory = self.fixed + ratio * (self.memory - self.fixed)
        return self._replace(flops=round(ratio * self.flops), memory=round(memory))


def step_cost(
    recipe: Mapping[str, Any],
    structures: int,
    size: tuple[int, int],
    cached: bool | None = None,
) -> Cost:
    """Count what one training step of a recipe costs.

    Parameters
    ----------
    recipe : mapping
        As it runs on a benchmark.
    structures : int
        Structures that the network segments.
    size : (int, int)
        Rows and columns of packed slices in pixels.
    cached : bool, optional
        Whether what a frozen encoder computes is read from files; by default, if the
        recipe reads it.
    """
    if cached is None:
        cached = encoding_of(recipe) is not None
    plain = {**recipe, "training": {**recipe["training"], "augmentation": None}}
    try:
        method, counter = _count(plain, structures, size, cached)
    except RuntimeError:  # it computes outside of torch, where numbers are needed
        plain |= {
            "algorithm": None,
            "objective": {"name": "dice_bce", "dice_weight": 0.5},
        }
        method, counter = _count(plain, structures, size, cached)
    parameters = [p for group in method.groups().values() for p in group]
    trained = sum(map(torch.numel, parameters))
    everything = sum(map(torch.numel, method.parameters()))
    moments = MOMENTS.get(recipe["training"]["optimiser"]["name"], 2)
    held = PROCESS + BYTES * (everything + moments * trained)
    memory, fixed = held + counter.peak, held + BYTES * trained  # gradients are counted
    return Cost(counter.flops, memory, everything, trained, fixed)


def _count(
    recipe: Mapping[str, Any], structures: int, size: tuple[int, int], cached: bool
) -> tuple[Method, Counter]:
    """Build a method and count one step of it."""
    method, batch = _without_numbers(recipe, structures, size, cached)
    counter = Counter()
    with FAKE, counted_attention(), counter, _no_collection():
        method.update(batch, _Backward(method.groups(), recipe["training"], 1))
    return method, counter


def _without_numbers(
    recipe: Mapping[str, Any], structures: int, size: tuple[int, int], cached: bool
) -> tuple[Method, Batch]:
    """Build a method and a batch whose tensors have shapes and nothing else.

    If it is `cached`, the batch has what the frozen part of the network computes once.
    """
    method = _on_meta(recipe, structures)
    without_numbers(method)
    count = recipe["training"]["batch_size"] * recipe["input"].get("context", 1)
    with FAKE, counted_attention(), torch.no_grad():
        batch = Batch(
            torch.empty(count, 1, *size),
            torch.empty(count, structures, *size),
            torch.ones(count, structures, dtype=torch.bool),
        )
        if cached:
            encoded = method.network.encode(method.normalised(batch.images))
            batch = batch._replace(cached=encoded)
    return method, batch


def _on_meta(recipe: Mapping[str, Any], structures: int) -> Method:
    """Build a method for training whose tensors have shapes and nothing else."""
    names = [f"structure{number}" for number in range(structures)]
    with torch.device("meta"):
        return build_method(recipe, names, None).train()


@contextmanager
def _no_collection() -> Iterator[None]:
    """Leave cycles alone within a block: looking for them takes as long as counting."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


class _Backward(Optimisers):
    """Computes gradients and makes no step: moments are counted apart."""

    def step(self, *names: str) -> None:
        """Do nothing."""


def random_training(
    recipe: Mapping[str, Any], structures: int, device: torch.device
) -> tuple[Method, Optimisers, Precision]:
    """Build a training with random weights, for measuring: no file is needed.

    Parameters
    ----------
    recipe : mapping
        As it runs on a benchmark.
    structures : int
        Structures that the network segments.
    device : torch.device
        Where it computes.
    """
    method = _on_meta(recipe, structures).to_empty(device=device)
    for values in [*method.parameters(), *method.buffers()]:
        if values.is_floating_point():
            torch.nn.init.normal_(values, std=0.02)
        else:
            values.data.zero_()
    return method, *prepare_training(method, recipe["training"], device, 1)


def measure_step(
    recipe: Mapping[str, Any], structures: int, size: tuple[int, int], steps: int
) -> float:
    """Time training steps on this machine, on random images with random weights.

    Parameters
    ----------
    recipe, structures, size
        As for `step_cost`.
    steps : int
        Steps that are timed, after one that is not.

    Returns
    -------
    float
        Seconds of a step.
    """
    device = prepare(torch.get_num_threads())
    method, optimise, precision = random_training(recipe, structures, device)
    cached = encoding_of(recipe) is not None
    _, shapes = _without_numbers(recipe, structures, size, cached)
    batch = map_tensors(lambda t: torch.rand(t.shape, device=device), shapes)
    targets = torch.zeros_like(batch.targets)
    targets[..., : size[0] // 2, : size[1] // 2] = 1
    annotated = torch.ones_like(batch.annotated, dtype=torch.bool)
    batch = batch._replace(targets=targets, annotated=annotated)
    begin = 0.0
    for step in range(steps + 1):
        if step == 1:
            begin = now(device)
        optimise.set_rates(0)
        with precision.autocast():
            method.update(batch, optimise)
    return (now(device) - begin) / steps


def now(device: torch.device) -> float:
    """Return the time in seconds when a device has done all that it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter()
