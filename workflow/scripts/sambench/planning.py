"""What a run will take: trainings, predictions, steps, arithmetic, memory, hours.

Counted from the configuration. Slices are those that are packed already; without them
the number of steps is the least that the recipe asks for.
"""

import ast
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from sambench.models import NETWORKS
from sambench.settings.checks import sides_of
from sambench.settings.grid import source_domains, targets_of
from sambench.settings.settings import Settings
from sambench.train.epoch_order import EpochOrder

DEFAULT_SIDE = 512  # pixels, of slices that keep the size of their files
FORWARD_SHARE = 1 / 3  # of a training step's arithmetic
PREDICTED_SLICES = 1000  # of a target that is not packed yet


@dataclass
class Share:
    """What one method takes on one benchmark.

    Attributes
    ----------
    benchmark, method : str
        Their ids.
    trainings, predictions : int
        Jobs.
    steps : int
        Training steps of all trainings.
    least : bool
        Whether more steps are possible: slices are not packed yet.
    slices : int
        Slices that are predicted.
    flops, memory : int or None
        Cost of one training step; None if nothing is trained, or it cannot be counted.
    seconds : float or None
        Seconds of all its jobs.
    """

    benchmark: str
    method: str
    trainings: int = 0
    predictions: int = 0
    steps: int = 0
    least: bool = False
    slices: int = 0
    flops: int | None = None
    memory: int | None = None
    seconds: float | None = None


def shares_of(
    settings: Settings, results: Path, cost: Callable[..., Any]
) -> Iterator[Share]:
    """List what every method takes on every benchmark.

    Parameters
    ----------
    settings : Settings
        The configuration.
    results : Path
        Folder in which packed slices are looked for.
    cost : callable
        `sambench.train.cost.step_cost`; may raise whatever building a network raises.
    """
    known: dict[str, Any] = {}
    for name, benchmark in settings.benchmarks.items():
        slices = {d: _slices(results, name, d) for d in benchmark["domains"]}
        labelled = [d["structures"] for d in benchmark["domains"].values()]
        structures = {structure for names in labelled for structure in names}
        size = _size(sides_of(benchmark, settings.config["image_size"]))
        runs = settings.runs(name)
        for method, recipe in settings.recipes[name].items():
            share = Share(name, method)
            own = [run for run in runs if run.method == method]
            trained = recipe["predictor"] == "network" and recipe["training"]
            tests = {
                (run.source, run.seed, target) if trained else target
                for run in own
                for target in targets_of(benchmark, run.source)
            }
            share.predictions = len(tests)
            targets = [test[-1] if trained else test for test in tests]
            share.slices = sum(slices[target] or PREDICTED_SLICES for target in targets)
            for run in own if trained else ():
                counts = [slices[d] for d in source_domains(benchmark, run.source)]
                steps, least = _steps(recipe["training"], counts)
                share.trainings += 1
                share.steps += steps
                share.least |= least
            if trained:
                channels = len(structures)
                if NETWORKS.prompted(recipe["network"]["name"]):
                    channels = max(map(len, labelled))  # all that a slice is asked for
                key = _what_costs(recipe, channels, size)
                if key not in known:
                    known[key] = cost(recipe, channels, size), size
                counted, at = known[key]
                if counted is not None:
                    ratio = 1 if _own_size(recipe) else prod(size) / prod(at)
                    scaled = counted.scaled(ratio)
                    share.flops, share.memory = scaled.flops, scaled.memory
            yield share


def _what_costs(
    recipe: Mapping[str, Any], structures: int, size: tuple[int, int]
) -> str:
    """Return what the cost of a step depends on.

    A network with a size of its own brings slices to it: packed slices of another size
    change its cost by a few percent at most. Our other networks are of convolutions,
    whose cost is that of the pixels; of the user's own nothing is known.
    """
    parts = ("network", "algorithm", "views", "features", "objective", "consistency")
    known = _own_size(recipe) or not NETWORKS.is_own(recipe["network"]["name"])
    return str(
        (
            [recipe.get(part) for part in parts],
            recipe["training"]["batch_size"],
            recipe["input"].get("context"),
            None if known else (structures, size),
        )
    )


def _own_size(recipe: Mapping[str, Any]) -> bool:
    """Return whether a network brings slices to a size of its own."""
    build = NETWORKS.definition(recipe["network"]["name"]).node
    return any(
        argument.arg == "image_size"
        for arguments in ast.walk(build)
        if isinstance(arguments, ast.arguments)
        for argument in (*arguments.args, *arguments.kwonlyargs)
    )


def hours_at(share: Share, pace: float, batch_size: int) -> float | None:
    """Return the hours of a method at a pace in FLOP/s; None if nothing was counted."""
    if share.flops is None:
        return None
    training = share.flops * share.steps
    prediction = share.flops / batch_size * FORWARD_SHARE * share.slices
    return (training + prediction) / pace / 3600


def disk_of(settings: Settings, results: Path) -> int:
    """Return the bytes of packed slices and predictions, as far as slices are known."""
    total = 0
    for name, benchmark in settings.benchmarks.items():
        rows, columns = _size(sides_of(benchmark, settings.config["image_size"]))
        for domain, described in benchmark["domains"].items():
            count = _slices(results, name, domain) or PREDICTED_SLICES
            photo = benchmark["kind"] == "photo"
            pixel = 3 if photo else 4
            total += count * rows * columns * (pixel + 1)
            bits = len(described["structures"]) / 8 / 20  # compressed about 20 times
            total += int(count * rows * columns * bits * len(settings.recipes[name]))
    return total


def _slices(results: Path, benchmark: str, domain: str) -> int | None:
    """Return how many slices of a domain are packed; None if it is not packed."""
    path = results / "packed" / benchmark / domain / "domain.json"
    if not path.is_file():
        return None
    description = json.loads(path.read_text(encoding="utf-8"))
    return description["arrays"]["images"]["shape"][0]


def _size(sides: Mapping[str, Any]) -> tuple[int, int]:
    """Return rows and columns of packed slices, the largest if there are several."""
    pairs = [(s, s) if isinstance(s, int) else tuple(s) for s in sides.values()]
    return max(pairs, default=(DEFAULT_SIDE, DEFAULT_SIDE))


def _steps(training: Mapping[str, Any], counts: list[int | None]) -> tuple[int, bool]:
    """Return the steps of a training, and whether they are only the least."""
    if exact := training.get("steps_per_epoch"):
        return exact * training["epochs"], False
    if None in counts:
        return training.get("min_steps_per_epoch", 1) * training["epochs"], True
    pool = max(1, sum(counts))
    order = EpochOrder(pool, training, seed=0, groups=np.zeros(pool, int))
    return len(order) * training["epochs"], False
