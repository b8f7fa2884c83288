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

import nibabel
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow" / "scripts"))

from sambench.data.inventory import inspect_dataset
from sambench.data.packed import PackedSlices
from sambench.data.packing import pack_domain
from sambench.data.readers import read_label_volume, read_volume

logger = logging.getLogger("read_slice")

SHAPE = (24, 384, 384)
BENCHMARK = {
    "id": "read_slice",
    "kind": "volume",
    "split": {"rule": "none"},
    "domains": {
        "RUNMC": {
            "dataset": "saml_prostate",
            "group": "RUNMC",
            "preparation": "native",
            "structures": {"prostate": [1, 2]},
        }
    },
    "preparations": {"native": {"size": None}},
}


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
        write_volumes(root, arguments.volumes, rng)
        inventory = inspect_dataset("saml_prostate", root)[0]
        start = time.perf_counter()
        folder = Path(temporary) / "packed"
        pack_domain(inventory, root, BENCHMARK, "RUNMC", folder, "synthetic")
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


def write_volumes(root: Path, n_volumes: int, rng: np.random.Generator) -> None:
    """Write gzipped volumes and masks in the layout of the prostate set.

    Parameters
    ----------
    root : Path
        Folder to write into.
    n_volumes : int
        Number of volumes.
    rng : np.random.Generator
        Source of the intensities: smooth shading with noise of a few bits.
    """
    rows = np.linspace(0, 600, SHAPE[1])[:, None]
    for number in range(n_volumes):
        image = rows + rng.normal(200, 15, SHAPE)
        mask = np.zeros(SHAPE, np.uint8)
        mask[6:18, 150:230, 150:230] = 1
        for ending, array in (("", image.astype(np.int16)), ("_segmentation", mask)):
            path = root / "RUNMC" / f"Case{number:02}{ending}.nii.gz"
            path.parent.mkdir(parents=True, exist_ok=True)
            volume = nibabel.Nifti1Image(array.T, np.diag([0.5, 0.5, 3.0, 1.0]))
            nibabel.save(volume, path)


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
