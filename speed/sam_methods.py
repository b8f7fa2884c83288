"""Measure memory and time of a training step of each method of the SAM family.

Run from the repository root, e.g. ``python speed/sam_methods.py samed desam``.
Each method runs in a process of its own, with its recipe at ViT-B, one slice (MA-SAM
one window of five) and random weights, in float32 on the CPU. Peak memory is that of
the whole process, libraries included. DeSAM reads kept taps, as its recipe may.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

# Method: side of the network's images and of the slices, in pixels
SIZES = {
    "samed": (512, 384),
    "sam_adapter": (512, 384),
    "med_sa": (256, 256),
    "medsam_decoder": (512, 256),
    "medsam_full": (512, 256),
    "desam": (1024, 256),
    "desam_box": (1024, 256),
    "ma_sam": (512, 384),
    "sam_med2d": (256, 256),
}


def main() -> None:
    """Measure the methods that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("methods", nargs="*", choices=[*SIZES, []], default=[*SIZES])
    parser.add_argument("--steps", type=int, default=2)
    parser.add_argument("--weights", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.weights:
        measure(arguments.methods[0], arguments.weights, arguments.steps)
        return
    with tempfile.TemporaryDirectory() as folder:
        weights = Path(folder) / "sam.pth"
        write_weights(weights)
        print("method            px   GiB  s a step  loss")
        for name in arguments.methods:
            command = [sys.executable, __file__, name, "--weights", str(weights)]
            subprocess.run([*command, "--steps", str(arguments.steps)], check=True)


def write_weights(path: Path) -> None:
    """Write a SAM with random weights, as the official checkpoints are."""
    import torch

    from sambench.models.sam.build import build_sam

    torch.manual_seed(0)
    torch.save(build_sam("vit_b").state_dict(), path)


def measure(name: str, weights: Path, steps: int) -> None:
    """Run a few training steps of one method and print the most that it needed."""
    from sambench.compute.allocator import keep_freed_memory

    keep_freed_memory()
    import torch

    from sambench.compute.device import peak_memory
    from sambench.methods.batch import Batch
    from sambench.methods.method import build_method
    from sambench.models.sam.backbones import BACKBONES, Backbone
    from sambench.settings.catalogue import Catalogue
    from sambench.settings.recipe import recipe_for
    from sambench.train.optimisation import Optimisers

    # Random weights have no published hash
    BACKBONES["vit_b"] = Backbone("vit_b", "mean_std", resizing="pillow")
    recipe = Catalogue([ROOT / "config"]).load("methods", name, "methods")
    recipe = recipe_for(recipe, ["prostate"], {})
    side, size = SIZES[name]
    recipe["network"].update(backbone="vit_b", image_size=side)
    torch.manual_seed(0)
    method = build_method(recipe, ["disc"], weights).train()
    training = recipe["training"]
    optimise = Optimisers(method.groups(), training, 10)
    count = recipe["input"]["context"]
    targets = torch.zeros(count, 1, size, size)
    targets[..., 60:160, 70:150] = 1
    images = torch.rand(count, 1, size, size) + targets
    cached = None
    if recipe["algorithm"]["name"] == "desam":
        grid = side // 16
        cached = torch.randn(count, 3 * 768 + 256, grid, grid).half()
    annotated = torch.ones(count, 1, dtype=torch.bool)
    batch = Batch(images, targets, annotated, cached=cached)
    for _ in range(steps):
        begin = time.perf_counter()
        found = method.update(batch, optimise)
        seconds = time.perf_counter() - begin
    peak = peak_memory(torch.device("cpu")) / 2**30
    loss = float(found["loss"].detach())
    print(f"{name:16} {side:4} {peak:5.1f} {seconds:9.1f}  {loss:.3f}", flush=True)


if __name__ == "__main__":
    main()
