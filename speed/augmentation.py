"""Time the augmentation of a recipe beside batchgenerators with the same ranges.

Run from the repository root, e.g. ``python speed/augmentation.py --device cuda``.
Batches are drawn anew at every call, so that both sides see the same mixture of slices
that change and slices that stay. batchgenerators runs on one CPU core whatever the
device.
"""

import argparse
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow" / "scripts"))

from side_by_side import machine

from sambench.methods.batch import Batch
from sambench.methods.views.augmentation import Augmentation
from sambench.settings.catalogue import Catalogue
from sambench.settings.recipe import recipe_for

CONFIG = Path(__file__).resolve().parents[1] / "config"


def library(steps: list[dict]) -> list:
    """Build the transforms of batchgenerators with the ranges of a recipe."""
    from batchgenerators.transforms import (
        color_transforms,
        noise_transforms,
        resample_transforms,
        spatial_transforms,
    )

    spatial = {
        "patch_size": None,
        "border_mode_data": "constant",
        "border_cval_data": 0,
        "order_data": 3,
        "border_mode_seg": "constant",
        "border_cval_seg": 0,
        "order_seg": 1,
        "random_crop": False,
    }

    def turned(step: dict) -> dict:
        angle, p = np.deg2rad(step["degrees"]), step["p"]
        names = ("p_el_per_sample", "p_rot_per_sample", "p_scale_per_sample")
        return (
            spatial
            | dict.fromkeys(names, p)
            | {
                "angle_x": (-angle, angle),
                "scale": tuple(step["scale"]),
            }
        )

    def per_channel(step: dict) -> dict:
        p_channel = step.get("p_per_channel", 1)
        return {"p_per_sample": step["p"], "p_per_channel": p_channel}

    build = {
        "deform": lambda s: spatial_transforms.SpatialTransform(
            **turned(s), alpha=tuple(s["alpha"]), sigma=tuple(s["sigma"])
        ),
        "deform_coarsely": lambda s: spatial_transforms.SpatialTransform_2(
            **turned(s), deformation_scale=tuple(s["deformation"])
        ),
        "mirror": lambda s: spatial_transforms.MirrorTransform(
            axes=(0, 1), p_per_sample=s["p"]
        ),
        "noise": lambda s: noise_transforms.GaussianNoiseTransform(
            tuple(s["variance"]), p_per_sample=s["p"]
        ),
        "blur": lambda s: noise_transforms.GaussianBlurTransform(
            tuple(s["sigma"]), **per_channel(s)
        ),
        "brightness": lambda s: color_transforms.BrightnessMultiplicativeTransform(
            tuple(s["range"]), p_per_sample=s["p"]
        ),
        "shift": lambda s: color_transforms.BrightnessTransform(
            0, s["sigma"], **per_channel(s)
        ),
        "contrast": lambda s: color_transforms.ContrastAugmentationTransform(
            tuple(s["range"]), p_per_sample=s["p"]
        ),
        "low_resolution": lambda s: resample_transforms.SimulateLowResolutionTransform(
            tuple(s["zoom"]),
            per_channel=True,
            order_downsample=0,
            order_upsample=3,
            **per_channel(s),
        ),
        "gamma": lambda s: color_transforms.GammaTransform(
            tuple(s["range"]), per_channel=False, retain_stats=True, p_per_sample=s["p"]
        ),
    }
    return [build[step["name"]](step) for step in steps]


def main() -> None:
    """Print milliseconds per slice and the ratio, for both recipes of DAPSAM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--repeats", type=int, default=30)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    print(machine(), "one thread,", arguments.device)
    print(f"{'recipe':34}{'batchgenerators':>16}{'ours':>10}{'ratio':>8}")
    recipe = Catalogue([CONFIG]).load("methods", "dapsam", "methods")
    for benchmark, size, channels in (("prostate", 384, 1), ("riga", 512, 3)):
        steps = recipe_for(recipe, [benchmark], {})["training"]["augmentation"]
        ours, theirs = Augmentation(steps), library(steps)
        generator = np.random.default_rng(0)
        images = generator.random((arguments.batch, channels, size, size), np.float32)
        targets = (images[:, :1] > 0.5).astype(np.float32)
        batch = Batch(*map(torch.from_numpy, (images, targets)), torch.ones(1))
        batch = Batch(*(part.to(arguments.device) for part in batch[:3]))

        def run_ours(batch=batch, ours=ours) -> None:
            ours(batch)
            if arguments.device != "cpu":
                torch.cuda.synchronize()

        def run_theirs(images=images, targets=targets, theirs=theirs) -> None:
            parts = {"data": images.copy(), "seg": targets.copy()}
            for transform in theirs:
                parts = transform(**parts)

        seconds = {run_ours: [], run_theirs: []}
        for turn in range(arguments.repeats + 2):
            for run, times in seconds.items():
                begin = time.perf_counter()
                run()
                if turn > 1:
                    times.append(time.perf_counter() - begin)
        mine, other = (
            1000 * statistics.mean(seconds[run]) / arguments.batch
            for run in (run_ours, run_theirs)
        )
        name = f"DAPSAM, {benchmark}, {size} px, batch {arguments.batch}"
        print(f"{name:34}{other:13.1f} ms{mine:7.1f} ms{other / mine:8.1f}")


if __name__ == "__main__":
    main()
