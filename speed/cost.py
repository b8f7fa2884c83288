"""Time a training step of every method beside ERM's, and its memory beside the count.

    python speed/cost.py --size 96 --batch 8
    python speed/cost.py dapsam --size 384 --network-size 384 --batch 2

On a CPU each method runs in a process of its own. Images and weights are random; one
step warms up, then `--steps` are timed. `views` is the share of the step that making
its views takes. Memory is that of the step: on a CPU the peak of the process less what
it held when everything was imported, on a GPU the peak that torch allocated; `counted`
is what `sambench plan` says of it. Prints one table in Markdown.
"""

import argparse
import gc
import json
import resource
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))


def main() -> None:
    """Print a row for each method."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("methods", nargs="*", help="all that are trained, if left out")
    parser.add_argument("--size", type=int, default=96, help="of slices, in pixels")
    parser.add_argument("--network-size", type=int, help="of networks with their own")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--baseline", default="erm")
    parser.add_argument("--limit", type=float, default=120, help="seconds for each")
    parser.add_argument("--compile", choices=["network", "graphs"])
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one, options)))
        return
    from side_by_side import machine

    print(
        f"{machine()}, {date.today()}: {options.size} px, batches of {options.batch}, "
        f"{options.device}, {options.threads} threads\n"
    )
    print("| method | s/step | times | views | GiB | times | counted |")
    print("|---|---:|---:|---:|---:|---:|---:|", flush=True)
    base: dict[str, float] | None = None
    on_gpu = options.device.startswith("cuda")
    for name in dict.fromkeys([options.baseline, *(options.methods or trained())]):
        found = here(name, options) if on_gpu else in_a_process(name, options.limit)
        if "failed" in found:
            print(f"| {name} | {found['failed']} | | | | | |", flush=True)
            continue
        base = base or found
        cells = (
            f"{found['seconds']:.3f}",
            f"{found['seconds'] / base['seconds']:.2f}",
            f"{100 * found['views'] / found['seconds']:.0f} %",
            f"{found['memory']:.2f}",
            f"{found['memory'] / base['memory']:.2f}",
            f"{found['counted']:.2f}",
        )
        print("| " + " | ".join([name, *cells]) + " |", flush=True)


def trained() -> list[str]:
    """Return the methods of `config` that train a network of ours."""
    catalogue = _catalogue()
    names = sorted(path.stem for path in (ROOT / "config" / "methods").glob("*.yaml"))
    recipes = {name: catalogue.load("methods", name, "methods") for name in names}
    return [
        name
        for name, recipe in recipes.items()
        if recipe.get("training") and recipe.get("predictor") == "network"
    ]


def in_a_process(name: str, limit: float) -> dict[str, Any]:
    """Measure one method apart, so that peaks of memory are its own."""
    command = [sys.executable, __file__, *sys.argv[1:], "--one", name]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return {"failed": f"over {limit:g} s"}
    if done.returncode:
        lines = done.stderr.strip().splitlines() or [f"status {done.returncode}"]
        return {"failed": lines[-1][:80]}
    return json.loads(done.stdout.splitlines()[-1])


def here(name: str, options: argparse.Namespace) -> dict[str, Any]:
    """Measure one method in this process: the memory of a GPU is counted anew."""
    import torch

    gc.collect()
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    try:
        return measure(name, options)
    except Exception as error:  # the others are worth their row
        return {"failed": f"{type(error).__name__}: {error}".splitlines()[0][:80]}


def measure(name: str, options: argparse.Namespace) -> dict[str, float]:
    """Train a method for a few steps: seconds a step, GiB measured and counted."""
    import torch
    import torch._dynamo  # as the first step of an optimiser does

    from sambench.compute.device import peak_memory, prepare
    from sambench.methods.batch import Batch
    from sambench.settings.recipe import recipe_for
    from sambench.train.cost import PROCESS, now, random_training, step_cost

    recipe = recipe_for(_catalogue().load("methods", name, "here"), ["prostate"], {})
    recipe["training"]["batch_size"] = options.batch
    if options.compile:
        recipe["training"]["compile"] = options.compile
    if options.network_size and "backbone" in recipe["network"]:
        recipe["network"]["image_size"] = options.network_size
    device = prepare(options.threads, options.device)
    random_training(recipe, 1, torch.device("meta"))  # imports what the network needs
    before = _resident()
    method, optimise, precision = random_training(recipe, 1, device)
    if options.channels_last:
        method.network.to(memory_format=torch.channels_last)
    n, size = options.batch * recipe["input"].get("context", 1), options.size
    targets = torch.zeros(n, 1, size, size)
    targets[:, :, size // 4 : size // 2, size // 4 : size // 2] = 1
    annotated = torch.ones(n, 1, dtype=torch.bool)
    batch = Batch(1000 * torch.rand(n, 1, size, size), targets, annotated)
    batch = Batch(*(t.to(device) for t in batch[:3]))
    optimise.set_rates(0)

    def timed(work) -> float:
        begin = now(device)
        for _ in range(options.steps):
            work()
        return (now(device) - begin) / options.steps

    def step() -> None:
        with precision.autocast():
            method.update(batch, optimise)

    step()
    seconds = timed(step)
    peak = peak_memory(device) - (0 if device.type == "cuda" else before)
    views = timed(lambda: method.see(batch))
    counted = step_cost(recipe, 1, (size, size), cached=False).memory - PROCESS
    return {
        "seconds": seconds,
        "views": views,
        "memory": peak / 2**30,
        "counted": counted / 2**30,
    }


def _resident() -> int:
    """Return the bytes of memory that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def _catalogue() -> Any:
    from sambench.settings.catalogue import Catalogue

    return Catalogue([ROOT / "config"])


if __name__ == "__main__":
    main()
