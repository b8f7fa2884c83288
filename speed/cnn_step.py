"""Time a training step of every CNN method, and its peak memory, beside its baseline.

    python speed/cnn_step.py --size 384 --batch 8 --threads 2

Each method runs in a process of its own, on random images: one step to warm up, then
`--steps`. `views` is the share of the step that making its views takes. Methods of a
level field are weighed against `level_erm`, which has their network; with other names,
against the first one.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))

LEVEL = (
    "level_erm level_cutout level_bigaug level_randconv level_mixstyle level_dsu "
    "level_ibn level_csdg level_slaug level_ccsdg level_ads level_maxstyle"
)


def main() -> None:
    """Print a row for each method."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("methods", nargs="*", default=LEVEL.split())
    parser.add_argument("--size", type=int, default=384)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one, options)))
        return
    print(f"{options.size} px, batch {options.batch}, {options.device}")
    print(f"{'method':18} {'s/step':>8} {'x':>6} {'views':>7} {'MiB':>8} {'x':>6}")
    base = None
    for name in options.methods:
        found = in_a_process(name)
        base = base or found
        print(
            f"{name:18} {found['seconds']:8.2f} "
            f"{found['seconds'] / base['seconds']:6.2f} "
            f"{100 * found['views'] / found['seconds']:6.1f}% "
            f"{found['mebibytes']:8.0f} "
            f"{found['mebibytes'] / base['mebibytes']:6.2f}",
            flush=True,
        )


def in_a_process(name: str) -> dict[str, float]:
    """Measure one method apart, so that peaks of memory are its own."""
    command = [sys.executable, __file__, *sys.argv[1:], "--one", name]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def measure(name: str, options: argparse.Namespace) -> dict[str, float]:
    """Train a method for a few steps; return seconds a step and mebibytes at most."""
    import torch

    from sambench.methods.batch import Batch
    from sambench.methods.method import build_method
    from sambench.settings.catalogue import Catalogue
    from sambench.settings.parts import check_parts
    from sambench.settings.recipe import recipe_for, training_part
    from sambench.settings.schema import validate
    from sambench.train.optimisation import Optimisers, optimiser_options

    torch.set_num_threads(options.threads)
    catalogue = Catalogue([ROOT / "config"])
    recipe = recipe_for(catalogue.load("methods", name, "methods"), ["prostate"], {})
    part = training_part(check_parts(validate(recipe, "method", name), name))
    torch.manual_seed(0)
    method = build_method(part, ["prostate"]).to(options.device).train()
    named = optimiser_options(part["training"])
    optimise = Optimisers(method.groups(), named, epochs=1, epoch_steps=1)
    n, size = options.batch, options.size
    targets = torch.zeros(n, 1, size, size)
    targets[:, :, size // 4 : size // 2, size // 4 : size // 2] = 1
    annotated = torch.ones(n, 1, dtype=torch.bool)
    batch = Batch(1000 * torch.rand(n, 1, size, size), targets, annotated)
    batch = Batch(*(t.to(options.device) for t in batch[:3]))
    on_gpu = options.device.startswith("cuda")

    def timed(work) -> float:
        begin = time.perf_counter()
        for _ in range(options.steps):
            work()
        if on_gpu:
            torch.cuda.synchronize()
        return (time.perf_counter() - begin) / options.steps

    method.update(batch, optimise)
    seconds = timed(lambda: method.update(batch, optimise))
    views = timed(lambda: method.see(batch))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if on_gpu:
        peak = torch.cuda.max_memory_allocated() / 2**20
    return {"seconds": seconds, "views": views, "mebibytes": peak}


if __name__ == "__main__":
    main()
