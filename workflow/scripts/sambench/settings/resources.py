"""How many threads and GPUs a job asks for."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

MANY = 8  # threads of a job of a large network; Snakemake caps them at its cores
SMALL_SIDE = 192  # pixels: below, threads cost as much as they save


def has_gpu() -> bool:
    """Return whether this machine has an NVIDIA GPU, without importing torch."""
    return any(Path("/proc/driver/nvidia/gpus").glob("*")) or any(
        Path(device).exists() for device in ("/dev/nvidia0", "/dev/dxg")
    )


def threads_of(recipe: Mapping[str, Any], sides: Mapping[str, int]) -> int:
    """Return the threads that a job of a method asks for.

    Networks on small images ask for one, so that a machine runs as many of their jobs
    at once as it has cores.

    Parameters
    ----------
    recipe : mapping
        As it runs on a benchmark.
    sides : mapping
        Sides of the packed slices in pixels, by the key that sets them; empty if the
        slices keep the size of their files.
    """
    if recipe["predictor"] == "external":
        return MANY
    if recipe["predictor"] != "network":
        return 1
    pixels = list(sides.values()) or [None]
    pixels.append(recipe["network"].get("image_size", 0))
    small = all(side is not None and side <= SMALL_SIDE for side in pixels)
    return 1 if small else MANY


def gpus_of(recipe: Mapping[str, Any], elsewhere: bool) -> int:
    """Return the GPUs that a job of a method asks for.

    Jobs that run `elsewhere` have GPUs; otherwise this machine is looked at: without a
    GPU none is asked for, and jobs share the cores.
    """
    computes = recipe["predictor"] in ("network", "external")
    return int(computes and (elsewhere or has_gpu()))
