"""What a training step costs, counted without computing it.

The network is built and run on torch's meta device, which knows shapes and holds no
numbers, so that a ViT-H takes seconds and no memory.
"""

import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.utils.flop_counter import FlopCounterMode

from sambench.compute.device import prepare
from sambench.compute.precision import Precision, choose_precision
from sambench.methods.batch import Batch, Prompts
from sambench.methods.method import Method, build_method
from sambench.train.optimisation import Optimisers, optimiser_options

BYTES = 4  # of a number in float32
MOMENTS = {"adam": 2, "adamw": 2, "sgd": 1}
PROCESS = int(0.35 * 2**30)  # Python, torch and its libraries, measured on a CPU


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
    """

    flops: int
    memory: int
    parameters: int
    trained: int


def step_cost(
    recipe: Mapping[str, Any], structures: int, size: tuple[int, int]
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
    """
    training = recipe["training"]
    names = [f"structure{number}" for number in range(structures)]
    with torch.device("meta"):
        method = build_method(recipe, names, None)
    method.train()
    method.features.eval()  # they draw, and cost next to nothing
    context = recipe["input"].get("context", 1)
    count = training["batch_size"] * context
    kept = _Kept(method)
    counter = FlopCounterMode(display=False)
    prompts = _prompts(context, structures, size) if method.prompted else None
    with counter, kept, torch.device("meta"):
        loss = _loss(method, torch.empty(context, 3, *size), prompts)
        loss.backward()
    parameters = list(method.parameters())
    trained = sum(p.numel() for p in parameters if p.requires_grad)
    everything = sum(p.numel() for p in parameters)
    moments = MOMENTS.get(training["optimiser"]["name"], 2)
    weights = BYTES * (everything + (1 + moments) * trained)
    activations = kept.bytes * count // context
    return Cost(
        counter.get_total_flops() * count // context,
        PROCESS + weights + activations,
        everything,
        trained,
    )


def _prompts(count: int, structures: int, size: tuple[int, int]) -> Prompts:
    """Return a box for one structure of each slice, as most slices have one."""
    boxes = torch.full((count, structures, 4), -1.0)
    boxes[:, 0] = torch.tensor([0.0, 0.0, size[1] / 2, size[0] / 2])
    return Prompts(boxes=boxes)


def _loss(method: nn.Module, images: Tensor, prompts: Prompts | None) -> Tensor:
    """Compute Dice and cross-entropy: recipes' objectives keep about as much."""
    logits = method.network(images, prompts)
    p, targets = logits.sigmoid(), torch.empty_like(logits)
    overlap = 1 - (2 * (p * targets).sum() + 1) / (p.sum() + targets.sum() + 1)
    return overlap + binary_cross_entropy_with_logits(logits, targets)


class _Kept(saved_tensors_hooks):
    """Adds up what is kept for the backward pass, each piece of memory once."""

    def __init__(self, method: nn.Module):
        self.bytes = 0
        self._known = {id(p.untyped_storage()) for p in method.parameters()}
        self._held: list[Any] = []
        super().__init__(self._pack, lambda tensor: tensor)

    def _pack(self, tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        key = storage._cdata
        if key not in self._known and not isinstance(tensor, nn.Parameter):
            self._known.add(key)
            self._held.append(storage)
            self.bytes += storage.nbytes()
        return tensor


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
    training = recipe["training"]
    names = [f"structure{number}" for number in range(structures)]
    with torch.device("meta"):
        method = build_method(recipe, names, None)
    method = method.to_empty(device=device).train()
    for values in [*method.parameters(), *method.buffers()]:
        if values.is_floating_point():
            torch.nn.init.normal_(values, std=0.02)
        else:
            values.data.zero_()
    precision = choose_precision(device, training.get("precision", "auto"))
    optimise = Optimisers(
        method.groups(),
        optimiser_options(training),
        epochs=training["epochs"],
        epoch_steps=1,
        scaler=precision.scaler(),
    )
    return method, optimise, precision


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
    count = recipe["training"]["batch_size"] * recipe["input"].get("context", 1)
    targets = torch.zeros(count, structures, *size, device=device)
    targets[..., : size[0] // 2, : size[1] // 2] = 1
    batch = Batch(
        torch.rand(count, 1, *size, device=device),
        targets,
        torch.ones(count, structures, dtype=torch.bool, device=device),
    )
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
