"""Print what a run will take, on one screen: data, jobs, steps, memory, hours.

Nothing is downloaded, prepared or trained. Steps, arithmetic and memory are counted
from the recipes; hours are arithmetic at a stated pace, or measured by a few steps of
every method on this machine. Arithmetic, memory and hours need torch.
"""

import argparse
import logging
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sambench.commands import check_numbers
from sambench.errors import count_of

if TYPE_CHECKING:
    from sambench.planning import Share

logger = logging.getLogger(__name__)

PACE = 100e12  # FLOP/s: a quarter of what an H100 multiplies in bfloat16
MEASURED_STEPS = 3


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "--configfile", type=Path, required=True, metavar="FILE", help="what to run"
    )
    parser.add_argument(
        "--results",
        type=Path,
        default=Path("results"),
        metavar="FOLDER",
        help="where slices may be packed already",
    )
    parser.add_argument(
        "--pace",
        type=float,
        default=PACE / 1e12,
        metavar="TFLOPS",
        help="arithmetic a second for the hours, in 1e12 (default: %(default)g)",
    )
    parser.add_argument(
        "--measure",
        action="store_true",
        help=f"time {MEASURED_STEPS} steps of every method here instead",
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the plan; return the exit status."""
    from sambench.planning import disk_of, shares_of
    from sambench.settings.datasets import CONFIG_FOLDERS
    from sambench.settings.settings import load_settings
    from sambench.settings.yaml_file import read_yaml

    check_numbers(arguments, pace=(1e-9, "a number above 0"))
    logging.getLogger().setLevel(logging.WARNING)
    file = arguments.configfile
    settings = load_settings(read_yaml(file), CONFIG_FOLDERS, str(file), [file])
    counted = arguments.measure or find_spec("torch") is not None

    def cost(recipe: dict[str, Any], *sizes: Any) -> tuple[Any, float | None]:
        if not counted:
            return None, None
        from sambench.train.cost import measure_step, step_cost

        seconds = None
        if arguments.measure:
            seconds = measure_step(recipe, *sizes, MEASURED_STEPS)
        try:
            return step_cost(recipe, *sizes), seconds
        except RuntimeError as error:  # an operation that needs numbers
            logger.warning("%s is not counted: %s", recipe["id"], error)
            return None, seconds

    shares = list(shares_of(settings, arguments.results, cost))
    disk = disk_of(settings, arguments.results) + sum(share.disk for share in shares)
    _print(shares, disk, arguments.pace * 1e12)
    pace = "measured here" if arguments.measure else f"at {arguments.pace:g} TFLOP/s"
    if counted:
        notes = [
            "TFLOP, GiB: a training step on a CPU, float32, counted (speed/README.md)",
            f"hours: {pace}, without data, encodings, scoring, waiting, other programs",
        ]
    else:
        notes = ["arithmetic, memory and hours need torch: pip install 'sambench[run]'"]
    if any(share.least for share in shares):
        notes.append(">: slices are not packed yet, so more steps are possible")
    print(*notes, sep="; ", end=".\n")
    if settings.notice:
        print(settings.notice)
    return 0


def _print(shares: "list[Share]", disk: int, pace: float) -> None:
    header = ("benchmark", "method", "trainings", "steps", "predictions")
    _row(*header, "TFLOP/step", "GiB", "hours")
    trained = [share for share in shares if share.trainings]
    others = [share for share in shares if not share.trainings]
    for share in trained:
        steps = f"{'>' * share.least}{share.steps:,}" if share.steps else None
        flops = share.flops and f"{share.flops / 1e12:.2f}"
        memory = share.memory and f"{share.memory / 2**30:.1f}"
        hours = share.hours(pace)
        hours = None if hours is None else f"{hours:.1f}"
        names = share.benchmark, share.method
        _row(*names, share.trainings, steps, share.predictions, flops, memory, hours)
    count = sum(share.predictions for share in others)
    trainings, predictions, steps = (
        sum(getattr(share, key) for share in shares)
        for key in ("trainings", "predictions", "steps")
    )
    hours = sum(share.hours(pace) or 0 for share in shares)
    _row("together", "", trainings, f"{steps:,}", predictions, "", "", f"{hours:.1f}")
    names = ", ".join(dict.fromkeys(share.method for share in others))
    print(
        f"Not trained ({count_of(count, 'prediction')}): {names or 'none'}. "
        f"Disk for slices and predictions: about {disk / 2**30:.1f} GiB."
    )


def _row(benchmark: str, method: str, *cells: Any) -> None:
    """Print a row; what is not known is a dash."""
    words = ("-" if cell is None else str(cell) for cell in cells)
    print(f"{benchmark:18}{method:24}" + "".join(f"{word:>12}" for word in words))
