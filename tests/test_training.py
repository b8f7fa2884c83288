"""Training: what it learns and leaves; an interruption changes nothing."""

import copy
import json

import numpy as np
import pandas as pd
import pytest
import torch

from interrupted import Interrupted, InterruptedState
from sambench.errors import InputError
from sambench.methods.method import Method
from sambench.train.epoch_order import EpochOrder
from sambench.train.optimisation import Optimisers
from sambench.train.randomness import seed_generators
from sambench.train.reading import read_batches
from sambench.train.resident import ResidentSlices
from sambench.train.resume import ResumeState, key_of
from sambench.train.run_folder import read_method, write_run
from sambench.train.schedules import poly
from sambench.train.slices import SourceSlices
from sambench.train.trainer import train


def weights_of(trained):
    return trained.method.trained_state()


def run(recipe, domain, path, seed=1, state=ResumeState):
    return train(recipe, [domain], seed=seed, threads=1, resume=state(path, "key"))


def test_equal_seeds_give_equal_weights_and_others_do_not(
    small_training, pack_discs, tmp_path
):
    domain = pack_discs()
    first = weights_of(run(small_training, domain, tmp_path / "a.pt"))
    again = weights_of(run(small_training, domain, tmp_path / "b.pt"))
    other = weights_of(run(small_training, domain, tmp_path / "c.pt", seed=2))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert any(not torch.equal(first[name], other[name]) for name in first)


def test_an_interrupted_training_ends_with_the_weights_of_an_uninterrupted_one(
    small_training, pack_discs, tmp_path
):
    domain = pack_discs()
    whole = run(small_training, domain, tmp_path / "whole.pt")
    with pytest.raises(Interrupted):
        run(small_training, domain, tmp_path / "cut.pt", state=InterruptedState)
    resumed = run(small_training, domain, tmp_path / "cut.pt")
    assert resumed.resumed_epochs == 1
    for name, tensor in weights_of(whole).items():
        assert torch.equal(tensor, weights_of(resumed)[name]), name
    pd.testing.assert_frame_equal(
        whole.history.drop(columns="seconds"), resumed.history.drop(columns="seconds")
    )


def test_a_state_of_another_recipe_or_a_broken_one_is_not_used(tmp_path):
    path = tmp_path / "state.pt"
    ResumeState(path, key_of(recipe=1)).save(history=[])
    assert ResumeState(path, key_of(recipe=1)).load() is not None
    assert ResumeState(path, key_of(recipe=2)).load() is None
    path.write_bytes(path.read_bytes()[:100])
    assert ResumeState(path, key_of(recipe=1)).load() is None


def test_the_loss_falls_and_the_history_has_a_row_per_epoch(
    small_training, pack_discs, tmp_path
):
    recipe = copy.deepcopy(small_training)
    recipe["training"].update(epochs=6, min_steps_per_epoch=6)
    recipe["training"]["optimiser"]["lr"] = 0.01
    history = run(recipe, pack_discs(), tmp_path / "state.pt").history
    assert history["epoch"].tolist() == [1, 2, 3, 4, 5, 6]
    assert history["steps"].tolist() == [7, 14, 21, 28, 35, 42]
    assert history["loss"].iloc[-1] < 0.85 * history["loss"].iloc[0]


def test_a_run_folder_gives_back_the_same_predictions(
    small_training, pack_discs, tmp_path
):
    domain = pack_discs()
    trained = run(small_training, domain, tmp_path / "state.pt")
    write_run(
        trained,
        tmp_path,
        recipe=small_training,
        data={"domain": domain.digest()},
        seed=1,
        threads=1,
    )
    method = read_method(
        small_training, tmp_path / "weights.safetensors", torch.device("cpu")
    )
    images = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        torch.testing.assert_close(
            method.network(images), trained.method.network(images), rtol=0, atol=0
        )
    document = json.loads((tmp_path / "run.json").read_text())
    assert document["structures"] == ["disc"]
    assert document["data"] == {"domain": domain.digest()}
    assert document["trained_parameters"] == document["parameters"] > 0
    assert document["peak_memory_bytes"] > 0


def test_weights_of_another_network_are_refused(small_training, pack_discs, tmp_path):
    trained = run(small_training, pack_discs(), tmp_path / "state.pt")
    write_run(trained, tmp_path, recipe=small_training, data={}, seed=1, threads=1)
    other = copy.deepcopy(small_training)
    other["network"]["features"] = [8, 8, 16, 24]
    with pytest.raises(InputError, match="shape"):
        read_method(other, tmp_path / "weights.safetensors", torch.device("cpu"))


def test_slices_without_annotation_of_a_structure_do_not_train_its_channel(
    small_training, pack_discs
):
    method = Method(small_training, ["disc", "other"])
    logits = torch.zeros(2, 2, 8, 8, requires_grad=True)
    targets = torch.ones(2, 2, 8, 8)
    annotated = torch.tensor([[True, False], [True, False]])
    method.objective(logits, targets, annotated).backward()
    assert logits.grad[:, 0].abs().sum() > 0
    assert logits.grad[:, 1].abs().sum() == 0


def test_dice_bce_of_a_known_case():
    from sambench.methods.objectives import DiceBCE

    logits = torch.zeros(1, 1, 2, 2)  # probability 0.5 everywhere
    targets = torch.tensor([[[[1.0, 1.0], [0.0, 0.0]]]])
    dice = 1 - (2 * 1.0 + 1) / (2.0 + 2.0 + 1)  # smooth 1, no squares
    expected = 0.8 * dice + 0.2 * np.log(2)
    annotated = torch.ones(1, 1, dtype=torch.bool)
    loss = DiceBCE(dice_weight=0.8)(logits, targets, annotated)
    assert float(loss) == pytest.approx(expected, rel=1e-6)


def test_domains_of_one_source_share_the_channel_of_a_structure(
    small_training, pack_discs
):
    domains = [
        pack_discs("a", structures=("disc",)),
        pack_discs("bb", structures=("disc", "cup")),
    ]
    slices = SourceSlices(domains, small_training)
    assert slices.structures == ["disc", "cup"]
    batch = slices.batch([0, len(slices) - 1])
    assert batch.annotated.tolist() == [[True, False], [True, True]]


def test_test_cases_are_never_trained_on(small_training, pack_discs):
    slices = SourceSlices([pack_discs()], small_training)
    assert len(slices) == 9  # three of four cases, three slices each
    recipe = copy.deepcopy(small_training)
    recipe["training"]["slices"] = "foreground"
    assert len(SourceSlices([pack_discs("fg")], recipe)) == 6


def test_a_source_without_training_cases_is_an_error(small_training, pack_discs):
    domain = pack_discs(splits=("test",))
    with pytest.raises(InputError, match="no slice to train on"):
        SourceSlices([domain], small_training)


def test_domains_of_different_sizes_cannot_be_one_source(small_training, pack_discs):
    domains = [pack_discs("a", size=64), pack_discs("bb", size=96)]
    with pytest.raises(InputError, match="image_size"):
        SourceSlices(domains, small_training)


def test_an_epoch_repeats_the_pool_whole():
    training = {"batch_size": 4, "min_steps_per_epoch": 3}
    order = EpochOrder(5, training, seed=7, groups=np.zeros(5, int))
    batches = list(order.batches(0))
    assert len(order) == len(batches) == 4
    assert [len(batch) for batch in batches] == [4, 4, 4, 3]
    assert sorted(np.concatenate(batches)) == sorted(list(range(5)) * 3)
    dropped = EpochOrder(5, training | {"drop_last": True}, 7, np.zeros(5, int))
    assert [len(batch) for batch in dropped.batches(0)] == [4, 4, 4]


def test_an_epoch_of_exact_steps_can_draw_domains_equally_often():
    training = {"batch_size": 4, "steps_per_epoch": 3, "sampling": "balanced"}
    groups = np.array([0] * 20 + [1] * 2)
    order = EpochOrder(22, training, seed=1, groups=groups)
    batches = list(order.batches(0))
    assert [len(batch) for batch in batches] == [4, 4, 4]
    assert np.bincount(groups[np.concatenate(batches)]).tolist() == [6, 6]


@pytest.mark.parametrize(
    ("step", "expected"),
    [(0, 0.25), (1, 0.25), (2, 0.5), (4, 1.0), (5, 1.0), (6, (1 - 1 / 100) ** 0.9)],
)
def test_the_poly_schedule_warms_up_as_in_the_reference_loop(step, expected):
    rate = poly(base=1.0, horizon=100, epoch_steps=10, power=0.9, warmup_steps=4)
    assert rate(step) == pytest.approx(expected)


def test_what_is_drawn_depends_on_seed_and_step_alone(small_training, pack_discs):
    batch = SourceSlices([pack_discs()], small_training).batch([0, 1, 2])
    method = Method(small_training, ["disc"])

    def seen(*numbers):
        seed_generators(*numbers)
        (view,) = method.see(batch)
        return view.images

    first = seen(3, 1, 0)
    torch.rand(7)
    assert torch.equal(first, seen(3, 1, 0))
    assert not torch.equal(first, seen(3, 2, 0))
    assert not torch.equal(first, seen(3, 1, 1))


@pytest.mark.parametrize("context", [1, 3])
def test_slices_on_the_device_are_those_that_are_read(
    small_training, pack_discs, context
):
    domains = [pack_discs("a"), pack_discs("bb", structures=("disc", "cup"))]
    recipe = small_training | {"input": {"normalisation": "zscore", "context": context}}
    cached = [np.random.rand(len(domain), 2).astype("f2") for domain in domains]  # noqa: NPY002
    slices = SourceSlices(domains, recipe, cached)
    resident = ResidentSlices(slices, torch.device("cpu"))
    chosen = np.array([0, 5, len(slices) - 1, 5])
    expected, found = slices.batch(chosen), resident.batch(chosen)
    for name in ("images", "targets", "annotated", "cached"):
        assert torch.equal(getattr(expected, name), getattr(found, name)), name
    size = sum(t.nbytes for t in resident._all if t is not None)
    assert size <= slices.bytes() + resident._all.annotated.nbytes


def test_batches_are_read_in_order_and_shared_evenly(small_training, pack_discs):
    slices = SourceSlices([pack_discs()], small_training)
    batches = [np.array([3, 1]), np.array([0]), np.array([2, 4, 5])]
    for pool in (slices, ResidentSlices(slices, torch.device("cpu"))):
        read = list(read_batches(pool, batches, torch.device("cpu")))
        assert [len(batch.images) for batch in read] == [2, 1, 3]
        for batch, chosen in zip(read, batches, strict=True):
            assert torch.equal(batch.images, slices.batch(chosen).images)


def test_groups_that_step_together_have_gradients_of_one_scale():
    """The scale of float16 grows after the step of all groups, not between two."""
    weights = {name: torch.nn.Parameter(torch.zeros(())) for name in ("main", "other")}
    sgd = {"name": "sgd", "lr": 1.0}
    training = {
        "optimiser": sgd,
        "optimisers": {"other": sgd},
        "schedule": {"name": "constant"},
        "epochs": 1,
    }
    scaler = torch.amp.GradScaler("cpu", init_scale=4.0, growth_interval=1)
    optimise = Optimisers(
        {name: [weight] for name, weight in weights.items()},
        training,
        epoch_steps=1,
        scaler=scaler,
    )
    optimise(sum(weights.values()))
    assert [weight.item() for weight in weights.values()] == [-1.0, -1.0]
    assert scaler.get_scale() == 8.0
