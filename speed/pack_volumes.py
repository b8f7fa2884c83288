"""Measure how many volumes of 24 x 384 x 384 are packed in a second.

Run: python speed/pack_volumes.py [--volumes N]. The volumes are written as the
prostate set has them, int16 in ``.nii.gz``, and packed with its preparation.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import nibabel
import numpy as np
import pandas as pd
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow" / "scripts"))

from sambench.compute.device import peak_memory
from sambench.data.datasets import find_dataset
from sambench.data.inventory import check_cases
from sambench.data.packing import pack_domain

SHAPE = (24, 384, 384)
BENCHMARK = {
    "id": "prostate",
    "kind": "volume",
    "split": {"rule": "none"},
    "domains": {
        "RUNMC": {
            "dataset": "saml_prostate",
            "group": "RUNMC",
            "preparation": "t2",
            "structures": {"prostate": [1, 2]},
        }
    },
    "preparations": {
        "t2": {
            "size": 384,
            "clip": {
                "percentiles": [0.2, 99.8],
                "scope": "slice",
                "voxels": "positive",
            },
        }
    },
}


def write_volumes(root: Path, count: int) -> None:
    """Write volumes of smooth noise in a body on air, with a labelled box."""
    rng = np.random.default_rng(1)
    affine = np.diag([0.6, 0.6, 3.6, 1.0])
    root.mkdir(parents=True)
    for number in range(count):
        image = rng.gamma(4, 60, SHAPE[::-1]).astype(np.int16)
        image[:60] = 0
        mask = np.zeros(SHAPE[::-1], np.uint8)
        mask[150:230, 150:230, 4:18] = 1
        for name, array in (("", image), ("_segmentation", mask)):
            path = root / f"Case{number:02d}{name}.nii.gz"
            nibabel.save(nibabel.Nifti1Image(array, affine), path)


def inventory_of(root: Path) -> pd.DataFrame:
    """Check the volumes that `write_volumes` wrote, and list them."""
    dataset = find_dataset("saml_prostate")
    return check_cases(dataset, dataset.find_cases(root), root)[0]


def main() -> None:
    """Print volumes a second, time of all threads and the largest memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--volumes", type=int, default=24)
    count = parser.parse_args().volumes
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "data"
        write_volumes(root / "RUNMC", count)
        inventory = inventory_of(root)
        start, used = time.perf_counter(), time.process_time()
        pack_domain(
            inventory, root, BENCHMARK, "RUNMC", Path(folder) / "packed", "synthetic"
        )
        seconds = time.perf_counter() - start
        used = time.process_time() - used
    memory = peak_memory(torch.device("cpu")) / 2**20
    each = 1000 * used / count
    print(
        f"{count / seconds:.1f} volumes/s, {each:.0f} ms of CPU time each, "
        f"{memory:.0f} MiB at most"
    )


if __name__ == "__main__":
    main()
