"""Time one random training slice: packed, against reading its gzipped volume again.

Run from the repository root: ``python speed/read_slice.py [--volumes 8]``. The
volumes are synthetic, 24 x 384 x 384 int16 as in the prostate sets. Both ways end with
the same image and mask in memory.
"""

import argparse
import logging
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow" / "scripts"))

from pack_volumes import BENCHMARK, SHAPE, inventory_of, write_volumes

from sambench.data.packed import PackedSlices
from sambench.data.packing import pack_domain
from sambench.data.readers import read_label_volume, read_volume

logger = logging.getLogger("read_slice")

# unlike a training's slices: as they are in the files
NATIVE = {**BENCHMARK, "preparations": {"t2": {"size": None}}}


def main() -> None:
    """Write volumes, pack them, read slices both ways, and report the times."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--volumes", type=int, default=8)
    parser.add_argument("--packed-reads", type=int, default=2000)
    parser.add_argument("--volume-reads", type=int, default=20)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary) / "volumes"
        write_volumes(root / "RUNMC", arguments.volumes)
        inventory = inventory_of(root)
        start = time.perf_counter()
        folder = Path(temporary) / "packed"
        pack_domain(inventory, root, NATIVE, "RUNMC", folder, "synthetic")
        per_second = arguments.volumes / (time.perf_counter() - start)
        logger.info(f"packing               {per_second:8.1f} volumes/s")
        store = PackedSlices(folder)

        def read_packed(row: int) -> None:
            np.array(store.images[row])
            store.structure_masks(row)

        def read_again(row: int) -> None:
            case = inventory.iloc[row // SHAPE[0]]
            np.array(read_volume(root / case["image"]).array[row % SHAPE[0]])
            np.array(read_label_volume(root / case["mask"]).array[row % SHAPE[0]])

        packed = milliseconds(read_packed, len(store), arguments.packed_reads, rng)
        again = milliseconds(read_again, len(store), arguments.volume_reads, rng)
    logger.info(f"slice, packed         {packed:8.3f} ms")
    logger.info(f"slice, gzipped volume {again:8.3f} ms")
    logger.info(f"ratio                 {again / packed:8.0f}")


def milliseconds(
    read: Callable[[int], None], n_rows: int, n_reads: int, rng: np.random.Generator
) -> float:
    """Return the mean time of one read of a random row, in milliseconds.

    Parameters
    ----------
    read : callable
        Reads one row.
    n_rows : int
        Rows to choose from.
    n_reads : int
        Reads to average over.
    rng : np.random.Generator
        Chooses the rows.
    """
    chosen = rng.integers(0, n_rows, n_reads)
    start = time.perf_counter()
    for row in chosen:
        read(int(row))
    return (time.perf_counter() - start) / n_reads * 1000


if __name__ == "__main__":
    main()
