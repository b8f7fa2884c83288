"""Train methods of the level field on one packed domain and score them on others.

    python speed/real_shift.py PACKED SOURCE TARGET... --methods level_erm

`PACKED` is a folder of packed domains that the workflow made, such as
`results/prostate_level/packed/prostate_shift`. What `snakemake` does in a job for every
step is done in one process here, by the same functions, so that nothing but training
takes time. Dice in percent, mean over cases, of all slices, labelled or not; the
last weights, no post-processing. `--held-out` keeps every fifth case of the source from
training and scores it as the target `held out`.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow" / "scripts"))


def main() -> None:
    """Print a line of JSON for each training."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("packed", type=Path)
    parser.add_argument("source")
    parser.add_argument("targets", nargs="*")
    parser.add_argument("--methods", nargs="+", required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--widths", type=int, nargs="+", default=[8, 16, 32, 64, 128])
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--steps", type=int, default=50, help="of an epoch")
    parser.add_argument("--held-out", action="store_true")
    options = parser.parse_args()
    for seed in options.seeds:
        for name in options.methods:
            print(json.dumps(one(name, seed, options)), flush=True)


def one(name: str, seed: int, options: argparse.Namespace) -> dict:
    """Train one method with one seed; return its Dice by target and its time."""
    import torch

    from sambench.data.packed import PackedSlices
    from sambench.train.resume import ResumeState
    from sambench.train.trainer import train

    source = PackedSlices(options.packed / options.source)
    held_out = hold_out(source) if options.held_out else set()
    begin, cpu = time.time(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        trained = train(
            recipe_of(name, options),
            [source],
            seed=seed,
            threads=1,
            resume=ResumeState(Path(folder) / "state.pt", name),
        )
    method = trained.method.eval()
    with torch.inference_mode():
        found = {
            target: dice(method, PackedSlices(options.packed / target))
            for target in options.targets
        }
        if held_out:
            found["held out"] = dice(method, source, held_out)
    return {
        "method": name,
        "seed": seed,
        "dice": {target: round(value, 1) for target, value in found.items()},
        "loss": round(float(trained.history["loss"].iloc[-1]), 3),
        "seconds": round(time.time() - begin),
        "cpu_seconds": round(time.process_time() - cpu),
    }


def recipe_of(name: str, options: argparse.Namespace) -> dict:
    """Return the training part of a recipe at the size of this run."""
    from sambench.settings.catalogue import Catalogue
    from sambench.settings.parts import check_parts
    from sambench.settings.recipe import recipe_for, training_part
    from sambench.settings.schema import validate

    change = {
        "network": {"widths": options.widths},
        "training": {"epochs": options.epochs, "steps_per_epoch": options.steps},
    }
    catalogue = Catalogue([ROOT / "config"])
    recipe = recipe_for(catalogue.load("methods", name, "methods"), ["any"], change)
    return training_part(check_parts(validate(recipe, "method", name), name))


def hold_out(domain) -> set[str]:
    """Mark every fifth case as a test case; return them."""
    cases = sorted(domain.slices["case"].unique())[::5]
    rows = domain.slices["case"].isin(cases)
    domain.slices.loc[rows, "split"] = "test"
    return set(cases)


def dice(method, domain, cases: set[str] | None = None) -> float:
    """Compute the mean Dice over cases, in percent."""
    import numpy as np
    import torch

    rows = domain.slices["case"].to_numpy()
    scores = []
    for case in sorted(cases or set(rows)):
        chosen = np.flatnonzero(rows == case)
        images = torch.from_numpy(np.array(domain.images[chosen]))
        images = images[:, None] if images.ndim == 3 else images.movedim(-1, 1)
        label = torch.from_numpy(domain.structure_masks(chosen)).bool()
        found = torch.cat([method.predict(part) for part in images.split(16)]) > 0
        total = int(found.sum() + label.sum())
        scores.append(2 * int((found & label).sum()) / total if total else 1.0)
    return 100 * float(np.mean(scores))


if __name__ == "__main__":
    main()
