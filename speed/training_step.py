"""Time the training step of any recipe, with and without its data.

Run from the repository root, e.g. ``python speed/training_step.py dapsam --device
cuda``. The step is that of a training (`Method.update`: augmentation,
normalisation, views, forward, backward, optimiser) on random slices with random
weights. "with data" gathers each batch from packed slices as a training does. FLOP/s
are the counted operations of forward and backward a second; MFU is their share of the
peak that this device reaches on a large matrix product in the same number format.
"""

import argparse
import json
import statistics
import sys
import tempfile
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow" / "scripts"))

from side_by_side import machine

from sambench.compute.precision import MIXED, Precision
from sambench.data.packed import PackedSlices
from sambench.settings.catalogue import Catalogue
from sambench.settings.recipe import recipe_for
from sambench.train.cost import now, random_training, step_cost
from sambench.train.epoch_order import EpochOrder
from sambench.train.randomness import seed_generators
from sambench.train.reading import read_batches
from sambench.train.resident import ResidentSlices, fits
from sambench.train.slices import SourceSlices

CONFIG = Path(__file__).resolve().parents[1] / "config"


def pack_noise(folder: Path, count: int, size: int) -> PackedSlices:
    """Write packed slices of noise with a square as structure."""
    generator = np.random.default_rng(0)
    images = generator.normal(size=(count, size, size)).astype(np.float32)
    masks = np.zeros((count, size, size), np.uint8)
    masks[:, size // 4 : size // 2, size // 4 : size // 2] = 1
    arrays = {"images": images, "masks": masks}
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    table = {
        "case": np.repeat([f"case{n}" for n in range(count // 16)], 16),
        "patient": np.repeat([f"case{n}" for n in range(count // 16)], 16),
        "split": "train",
        "slice": np.tile(np.arange(16), count // 16),
        "foreground": True,
    }
    table |= {"native_rows": size, "native_columns": size}
    table |= {f"spacing_{axis}": 1.0 for axis in "zyx"}
    pd.DataFrame(table).to_parquet(folder / "slices.parquet", index=False)
    description = {
        "benchmark": "speed",
        "domain": "noise",
        "kind": "volume",
        "unit": "mm",
        "structures": {"square": [1]},
        "data_source": "synthetic",
        "preparation": {},
        "arrays": {
            name: {"shape": list(array.shape), "dtype": str(array.dtype), "crc32": 0}
            for name, array in arrays.items()
        },
    }
    (folder / "domain.json").write_text(json.dumps(description))
    return PackedSlices(folder)


def peak(precision: Precision, size: int = 4096) -> float:
    """Measure the FLOP/s of a large matrix product in a number format."""
    device = precision.device
    size = size if device.type == "cuda" else 1024
    kind = MIXED.get(precision.name, torch.float32)
    a, b = (torch.randn(size, size, device=device, dtype=kind) for _ in range(2))
    times = []
    for _ in range(8):
        begin = now(device)
        a @ b
        times.append(now(device) - begin)
    return 2 * size**3 / min(times)


def main() -> None:
    """Print one line per recipe."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipes", nargs="+")
    parser.add_argument("--size", type=int, default=384)
    parser.add_argument("--batch", type=int)
    parser.add_argument(
        "--device", default="cuda" if torch.cuda.is_available() else "cpu"
    )
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--compile", choices=["network", "graphs"])
    arguments = parser.parse_args()
    size, device = arguments.size, torch.device(arguments.device)
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else machine()
    print(name)
    header = ("s/step", "with data", "slices/s", "TFLOP/s", "MFU", "GiB counted")
    print(f"{'recipe':24}" + "".join(f"{cell:>12}" for cell in header))
    catalogue = Catalogue([CONFIG])
    for recipe_name in arguments.recipes:
        file = catalogue.load("methods", recipe_name, "the command line")
        recipe = recipe_for(file, ["prostate"], {})
        training = recipe["training"]
        training["precision"] = arguments.precision
        training["batch_size"] = arguments.batch or training["batch_size"]
        training["slices"] = "all"
        training["compile"] = arguments.compile
        cost = step_cost(recipe, 1, (size, size), cached=False)
        with tempfile.TemporaryDirectory() as folder:
            slices = SourceSlices([pack_noise(Path(folder), 64, size)], recipe)
            method, optimise, precision = random_training(recipe, 1, device)
            order = EpochOrder(len(slices), training, 1, slices.groups)
            pool = ResidentSlices(slices, device) if fits(slices, device) else slices
            times: dict[str, list[float]] = {"alone": [], "with data": []}
            step, epoch, previous = 0, 0, now(device)
            while len(times["alone"]) < arguments.steps:
                chosen = islice(order.batches(epoch), arguments.steps)
                for batch in read_batches(pool, chosen, device):
                    begin = now(device)
                    seed_generators(1, step)
                    with precision.autocast():
                        method.update(batch, optimise)
                    end = now(device)
                    times["alone"].append(end - begin)
                    times["with data"].append(end - previous)
                    previous = end
                    step += 1
                epoch += 1
        alone, whole = (
            statistics.median(times[key][2:] or times[key]) for key in times
        )
        rate = cost.flops / alone
        cells = (
            f"{alone:.4f}",
            f"{whole:.4f}",
            f"{training['batch_size'] / whole:.1f}",
            f"{rate / 1e12:.2f}",
            f"{100 * rate / peak(precision):.0f} %",
            f"{cost.memory / 2**30:.2f}",
        )
        print(
            f"{recipe_name:24}" + "".join(f"{cell:>12}" for cell in cells), flush=True
        )


if __name__ == "__main__":
    main()
