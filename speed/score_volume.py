"""Time all metrics of one 24 x 384 x 384 volume, sambench beside medpy.

Run as ``python speed/score_volume.py`` from the repository root. medpy gives Dice,
HD95 and ASSD; sambench gives these and NSD, and must agree with medpy.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from medpy.metric import binary

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow" / "scripts"))

from sambench.metrics.measures import measure

SHAPE = (24, 384, 384)
SPACING = (3.0, 0.6, 0.6)  # mm; a prostate MRI
TOLERANCE = 2.0  # mm


def gland(centre: tuple[float, ...], radii: tuple[float, ...]) -> np.ndarray:
    """Return an ellipsoid as a `(Z, Y, X)` mask; centre and radii in voxels."""
    grid = np.ogrid[tuple(slice(0, size) for size in SHAPE)]
    parts = zip(grid, centre, radii, strict=True)
    return sum(((axis - mid) / radius) ** 2 for axis, mid, radius in parts) <= 1


def seconds(work: Callable[[], object], repeats: int) -> float:
    """Return the shortest of several timings."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    """Print both times and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    label = gland((12, 190, 195), (8, 42, 45))
    prediction = gland((12.5, 194, 191), (8.5, 40, 48))

    def ours() -> tuple[float, ...]:
        result = measure(prediction, label, SPACING, TOLERANCE)
        return result.dice, result.hd95_pooled, result.assd

    def medpy() -> tuple[float, ...]:
        return (
            100 * binary.dc(prediction, label),
            binary.hd95(prediction, label, SPACING),
            binary.assd(prediction, label, SPACING),
        )

    np.testing.assert_allclose(ours(), medpy(), rtol=1e-9)
    with_ours, with_medpy = seconds(ours, repeats), seconds(medpy, repeats)
    print(f"medpy    {1000 * with_medpy:8.1f} ms  Dice, HD95, ASSD")
    print(f"sambench {1000 * with_ours:8.1f} ms  Dice, NSD, HD95, ASSD")
    print(f"ratio    {with_medpy / with_ours:8.1f}")


if __name__ == "__main__":
    main()
