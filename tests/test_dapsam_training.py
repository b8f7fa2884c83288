"""Two steps of the DAPSAM recipe beside a transcription of the reference loop."""

import numpy as np
import pytest
import torch
import yaml

from sambench.methods.method import Method
from sambench.settings.recipe import recipe_for, training_part
from sambench.settings.schema import validate
from sambench.train.epoch_order import EpochOrder
from sambench.train.randomness import make_repeatable
from sambench.train.resume import ResumeState
from sambench.train.slices import SourceSlices
from sambench.train.trainer import train

SEED = 5


@pytest.fixture
def recipe(repository):
    """The recipe as it is, on a small backbone, without augmentation, for two steps."""
    path = repository / "config" / "methods" / "dapsam.yaml"
    recipe = validate(yaml.safe_load(path.read_text()), "method", path)
    change = {
        "network": {"backbone": "sam_nano", "image_size": 64},
        "training": {"epochs": 1, "min_steps_per_epoch": 2, "augmentation": []},
    }
    return training_part(recipe_for(recipe, ["prostate"], change))


def reference_loss(logits, target, dice_weight=0.8):
    """0.2 of the mean cross-entropy, 0.8 of Dice pooled over the batch, smooth 1."""
    p = torch.sigmoid(logits)
    dice = 1 - (2 * (p * target).sum() + 1) / (p.sum() + target.sum() + 1)
    entropy = torch.nn.functional.binary_cross_entropy(p, target)
    return (1 - dice_weight) * entropy + dice_weight * dice


def test_two_steps_are_those_of_the_reference_loop(
    recipe, pack_discs, repository, tmp_path
):
    backbone = repository / "config" / "backbones" / "sam_nano.safetensors"
    domain = pack_discs(cases=4, slices=5, splits=("train",) * 4)
    assert len(domain.rows("train", foreground=True)) == 16  # two batches of eight
    trained = train(
        recipe,
        [domain],
        seed=SEED,
        threads=1,
        resume=ResumeState(tmp_path / "resume.pt", key="two steps"),
        backbone=backbone,
    )

    make_repeatable(SEED)
    method = Method(recipe, ["disc"], backbone).train()
    slices = SourceSlices([domain], recipe)
    order = EpochOrder(len(slices), recipe["training"], SEED, slices.groups)
    batches = [method.see(slices.batch(chosen))[0] for chosen in order.batches(0)]
    adam = torch.optim.AdamW(
        [p for p in method.parameters() if p.requires_grad],
        lr=5e-4 / 250,  # the first step
        betas=(0.9, 0.999),
        eps=1e-8,
        weight_decay=0.1,
    )
    losses = []
    for k, batch in enumerate(batches):
        loss = reference_loss(method.network(batch.images), batch.targets)
        adam.zero_grad()
        loss.backward()
        adam.step()
        for group in adam.param_groups:  # set after step k, used by step k + 1
            group["lr"] = 5e-4 * (k + 1) / 250
        losses.append(loss.item())

    row = trained.history.iloc[0]
    assert row["steps"] == 2
    assert row["loss"] == pytest.approx(np.mean(losses), rel=1e-6)
    assert row["learning_rate"] == pytest.approx(5e-4 / 250)
    ours, theirs = trained.method.trained_state(), method.trained_state()
    assert ours.keys() == theirs.keys()
    for name, tensor in theirs.items():
        if name.endswith("k_proj.bias"):  # softmax ignores it: its gradient is noise
            continue
        torch.testing.assert_close(ours[name], tensor, rtol=1e-5, atol=1e-7, msg=name)
