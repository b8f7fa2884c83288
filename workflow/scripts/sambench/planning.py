"""What a run will take: trainings, predictions, steps, arithmetic, memory, hours.

Counted from the configuration. Slices are those that are packed already; without them
the number of steps is the least that the recipe asks for.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sambench.embed.use import encoding_of
from sambench.jobs import paths
from sambench.jobs.data import Data
from sambench.jobs.runs import Runs
from sambench.models import NETWORKS
from sambench.settings.checks import sides_of
from sambench.settings.grid import source_domains
from sambench.settings.recipe import SHARED_KEYS, is_trained
from sambench.settings.settings import Settings
from sambench.signature import signature_of
from sambench.train.epoch_order import EpochOrder

if TYPE_CHECKING:
    from sambench.data.packed import PackedSlices

DEFAULT_SIDE = 512  # pixels, of slices that keep the size of their files
FORWARD_SHARE = 1 / 3  # of a training step's arithmetic
PREDICTED_SLICES = 1000  # of a target that is not packed yet
COMPRESSED = 20  # times that masks are smaller in the files of predictions


@dataclass
class Share:
    """What one method takes on one benchmark.

    Attributes
    ----------
    benchmark, method : str
        Their ids.
    trainings, predictions : int
        Jobs.
    steps, batch_size : int
        Training steps of all trainings, 0 if another program makes them; slices a step.
    least : bool
        Whether more steps are possible: slices are not packed yet.
    slices, disk : int
        Slices that are predicted, and bytes of the predictions.
    flops, memory : int or None
        Cost of one training step; None if nothing is trained, or it cannot be counted.
    seconds : float or None
        Seconds of one training step, if they were measured.
    """

    benchmark: str
    method: str
    trainings: int = 0
    predictions: int = 0
    steps: int = 0
    batch_size: int = 1
    least: bool = False
    slices: int = 0
    disk: int = 0
    flops: int | None = None
    memory: int | None = None
    seconds: float | None = None

    def hours(self, pace: float) -> float | None:
        """Return the hours of all jobs: as measured, or at a pace in FLOP/s.

        None if nothing was measured or counted.
        """
        step = self.seconds
        if step is None:
            if self.flops is None:
                return None
            step = self.flops / pace
        prediction = step / self.batch_size * FORWARD_SHARE  # of a slice
        return (step * self.steps + prediction * self.slices) / 3600


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
        Takes the arguments of `sambench.train.cost.step_cost`, and returns what that
        counts and the seconds of a step; either may be None.
    """
    steps_cost = _StepCosts(cost)
    rules = Runs(Data(settings, str))
    validation = settings.config["checkpoints"]["validation"]
    for name, benchmark in settings.benchmarks.items():
        packed = {d: _packed(results, name, d) for d in benchmark["domains"]}
        tested = {
            d: len(p.rows("test")) if p else PREDICTED_SLICES for d, p in packed.items()
        }
        labelled = [d["structures"] for d in benchmark["domains"].values()]
        structures = {structure for names in labelled for structure in names}
        size = _size(sides_of(benchmark, settings.config["image_size"]))
        pairs = [rules.predicted(pair) for pair in rules.pairs(name)]
        files = {paths.PREDICTIONS.format(**pair): pair for pair in pairs}.values()
        every_run = settings.runs(name)
        for method, recipe in settings.recipes[name].items():
            share = Share(name, method)
            targets = [pair["target"] for pair in files if pair["method"] == method]
            share.predictions = len(targets)
            share.slices = sum(tested[target] for target in targets)
            masks = sum(
                tested[target] * len(benchmark["domains"][target]["structures"])
                for target in targets
            )
            share.disk = round(masks * prod(size) / 8 / COMPRESSED)
            if is_trained(recipe):
                runs = [run for run in every_run if run.method == method]
                share.trainings = len(runs)
            if training := recipe["training"]:
                share.batch_size = training["batch_size"]
                for run in runs:
                    source = [packed[d] for d in source_domains(benchmark, run.source)]
                    steps, least = _steps(training, source, validation)
                    share.steps += steps
                    share.least |= least
                channels = len(structures)
                if NETWORKS.prompted(recipe["network"]["name"]):
                    channels = max(map(len, labelled))  # all that a slice is asked for
                costs = steps_cost.of(recipe, channels, size)
                share.flops, share.memory, share.seconds = costs
            yield share


class _StepCosts:
    """Costs of training steps, each counted once; see `shares_of` for `cost`."""

    def __init__(self, cost: Callable[..., Any]):
        self._cost = cost
        self._known: dict[str, Any] = {}

    def of(
        self, recipe: Mapping[str, Any], structures: int, size: tuple[int, int]
    ) -> tuple[int | None, int | None, float | None]:
        """Return FLOP, bytes and seconds of a step, scaled from another size if so."""
        key = self._key(recipe, structures, size)
        if key not in self._known:
            self._known[key] = *self._cost(recipe, structures, size), size
        counted, seconds, counted_at = self._known[key]
        ratio = 1 if _own_size(recipe) else prod(size) / prod(counted_at)
        seconds = None if seconds is None else ratio * seconds
        if counted is None:
            return None, None, seconds
        scaled = counted.scaled(ratio)
        return scaled.flops, scaled.memory, seconds

    @staticmethod
    def _key(recipe: Mapping[str, Any], structures: int, size: tuple[int, int]) -> str:
        """Return what the cost of a step depends on.

        A network with a size of its own brings slices to it: packed slices of another
        size change its cost by a few percent at most. Our other networks are of
        convolutions, whose cost is that of the pixels; of the user's own nothing is
        known.
        """
        parts = {*SHARED_KEYS, "views", "features", "objective", "consistency"}
        parts -= {"id", "version"}
        apart = ("batch_size", "prompt", "optimiser", "optimisers")
        known = _own_size(recipe) or not NETWORKS.is_own(recipe["network"]["name"])
        return str(
            (
                [recipe.get(part) for part in sorted(parts)],
                [recipe["training"].get(part) for part in apart],
                encoding_of(recipe),
                None if known else (structures, size),
            )
        )


def _own_size(recipe: Mapping[str, Any]) -> bool:
    """Return whether a network brings slices to a size of its own."""
    definition = NETWORKS.definition(recipe["network"]["name"])
    return "image_size" in signature_of(definition).arguments


def disk_of(settings: Settings, results: Path) -> int:
    """Return the bytes of packed slices, as far as their number is known."""
    total = 0
    for name, benchmark in settings.benchmarks.items():
        pixels = prod(_size(sides_of(benchmark, settings.config["image_size"])))
        pixel = 3 if benchmark["kind"] == "photo" else 4
        for domain in benchmark["domains"]:
            packed = _packed(results, name, domain)
            count = PREDICTED_SLICES if packed is None else len(packed)
            total += count * pixels * (pixel + 1)
    return total


def _packed(results: Path, benchmark: str, domain: str) -> "PackedSlices | None":
    """Open the slices of a domain; None if they are not packed."""
    folder = results / "packed" / benchmark / domain
    if not (folder / "slices.parquet").is_file():
        return None
    from sambench.data.packed import PackedSlices

    return PackedSlices(folder)


def _size(sides: Mapping[str, int]) -> tuple[int, int]:
    """Return rows and columns of packed slices, the largest if there are several."""
    side = max(sides.values(), default=DEFAULT_SIDE)
    return side, side


def _steps(
    training: Mapping[str, Any],
    source: "Sequence[PackedSlices | None]",
    validation: float,
) -> tuple[int, bool]:
    """Return the steps of a training, and whether they are only the least."""
    if exact := training.get("steps_per_epoch"):
        return exact * training["epochs"], False
    if None in source:
        return training.get("min_steps_per_epoch", 1) * training["epochs"], True
    from sambench.data.validation import validation_rows
    from sambench.train.pool import training_rows

    held_out = validation_rows(source, validation)
    pool = sum(map(len, training_rows(source, training["slices"], held_out)))
    order = EpochOrder(max(1, pool), training, seed=0, groups=np.zeros(pool, int))
    return len(order) * training["epochs"], False
