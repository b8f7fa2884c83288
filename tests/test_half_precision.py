"""Every way of training a CNN makes a step in bfloat16, as GPUs do by default."""

import pytest
import torch

from sambench.methods.batch import Batch
from sambench.methods.method import build_method
from sambench.settings.catalogue import Catalogue
from sambench.settings.recipe import recipe_for
from sambench.train.cost import random_training

METHODS = ("mixstyle", "dsu", "slaug", "maxstyle", "csdg", "bigaug", "randconv")


@pytest.fixture
def recipe_of(repository):
    catalogue = Catalogue([repository / "config"])

    def load(name):
        return recipe_for(catalogue.load("methods", name, "test"), ["prostate"], {})

    return load


def batch_of(count, side):
    targets = torch.zeros(count, 1, side, side)
    targets[:, :, : side // 2, : side // 2] = 1
    annotated = torch.ones(count, 1, dtype=torch.bool)
    return Batch(torch.rand(count, 1, side, side), targets, annotated)


@pytest.mark.parametrize("name", METHODS)
def test_a_step_in_bfloat16(name, recipe_of):
    recipe = recipe_of(f"level_{name}")
    recipe["training"]["precision"] = "bfloat16"
    method, optimise, precision = random_training(recipe, 1, torch.device("cpu"))
    for seed in range(3):
        torch.manual_seed(seed)
        optimise.set_rates(0)
        with precision.autocast():
            losses = method.update(batch_of(4, 64), optimise)
        assert all(value.isfinite() for value in losses.values())


def test_views_stay_in_float32(recipe_of):
    method = build_method(recipe_of("erm"), ["a"])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        seen = method.see(batch_of(8, 64))
    assert [view.images.dtype for view in seen] == [torch.float32]
