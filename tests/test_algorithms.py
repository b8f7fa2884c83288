"""Algorithms with an order of updates of their own, all by one trainer."""

import copy
import json

import numpy as np
import pytest
import torch

from interrupted import Interrupted, InterruptedState
from predicted import predicted
from sambench.data.packed import PackedSlices
from sambench.errors import InputError
from sambench.methods.method import build_method
from sambench.settings.parts import check_parts
from sambench.settings.recipe import prediction_part
from sambench.train.job import TrainingJob, run_job
from sambench.train.resume import ResumeState
from sambench.train.run_folder import read_method, write_run
from sambench.train.slices import SourceSlices
from sambench.train.trainer import train
from two_processes import check_equal_weights, job_in, train_in_two

pytestmark = pytest.mark.usefixtures("one_thread")

HERE = "example_methods"
SECOND = {"name": "sgd", "lr": 0.01, "schedule": {"name": "constant"}}
EXAMPLES = {
    "default": {},
    "two optimisers": {
        "algorithm": {"name": f"{HERE}:TwoOptimisers"},
        "training": {"optimisers": {"adversary": SECOND}},
    },
    "inner loop": {"algorithm": {"name": f"{HERE}:InnerLoop", "steps": 2}},
    "four updates": {
        "algorithm": {"name": f"{HERE}:FourUpdates"},
        "training": {"optimisers": {"prompt": SECOND}},
    },
    "two passes": {"algorithm": {"name": f"{HERE}:TwoPasses"}},
    "three views": {
        "views": [{"name": f"{HERE}:ThreeViews"}],
        "consistency": {"name": "kl_to_mean", "weight": 10},
        "objective": {"on": "first"},
    },
    "feature": {
        "features": {"name": f"{HERE}:Shuffled", "share": 0.4, "stages": ["first"]}
    },
    "window": {
        "network": {"name": f"{HERE}:Tiny", "context": 5},
        "input": {"context": 5},
        "training": {"batch_size": 2},
        "inference": {"policy": {"name": f"{HERE}:Centre"}},
    },
}


def merged(base, change):
    result = copy.deepcopy(base)
    for key, value in change.items():
        inner = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(result[key], value) if inner else value
    return result


@pytest.fixture
def recipe(small_recipe):
    """The recipe of an example by name, checked as at planning."""

    def make(name, network="Tiny", **change):
        base = small_recipe | {"network": {"name": f"{HERE}:{network}"}}
        base = merged(base, EXAMPLES[name])
        return check_parts(merged(base, change), name)

    return make


def run(recipe, domain, path, state=ResumeState, **options):
    resume = state(path, "key")
    return train(recipe, [domain], seed=1, threads=1, resume=resume, **options)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_algorithm_trains_resumes_exactly_and_predicts_the_same_from_its_file(
    name, recipe, pack_discs, tmp_path
):
    recipe, domain = recipe(name), pack_discs()
    whole = run(recipe, domain, tmp_path / "whole.pt")
    with pytest.raises(Interrupted):
        run(recipe, domain, tmp_path / "cut.pt", InterruptedState)
    resumed = run(recipe, domain, tmp_path / "cut.pt")
    assert resumed.resumed_epochs == 1
    start = build_method(recipe, ["disc"]).trained_state()
    trained = whole.method.trained_state()
    for key, tensor in trained.items():
        assert torch.equal(tensor, resumed.method.trained_state()[key]), key
    weights = [key for key in start if key.endswith("weight")]
    assert any(not torch.equal(trained[key], start[key]) for key in weights)
    write_run(whole, tmp_path, recipe=recipe, data={}, seed=1, threads=1)
    part = prediction_part(recipe)
    loaded = read_method(part, tmp_path / "weights.safetensors", torch.device("cpu"))
    images = torch.rand(5, 1, 16, 16)
    with torch.inference_mode():
        found, expected = loaded.predict(images), whole.method.predict(images)
    assert torch.equal(found, expected)
    assert (
        predicted(part, domain, weights=tmp_path / "weights.safetensors").masks.shape[1]
        == 1
    )
    assert json.loads((tmp_path / "run.json").read_text())["precision"] == "float32"


def test_what_else_a_method_records_stands_in_the_history(recipe, pack_discs, tmp_path):
    history = run(recipe("four updates"), pack_discs(), tmp_path / "a.pt").history
    assert {"loss", "apart"} <= set(history.columns)
    history = run(recipe("three views"), pack_discs("b"), tmp_path / "b.pt").history
    assert (history["consistency"] > 0).all()


def test_the_adversary_moves_against_the_network(recipe, pack_discs, tmp_path):
    method = build_method(recipe("two optimisers"), ["disc"])
    assert set(method.groups()) == {"main", "adversary"}
    with pytest.raises(InputError, match="the method trains"):
        wrong = recipe("two optimisers")
        wrong["training"]["optimisers"] = {}
        run(wrong, pack_discs(), tmp_path / "a.pt")


def test_a_feature_works_in_training_alone_and_only_on_stages_that_exist(recipe):
    method = build_method(recipe("feature"), ["disc"])
    images = torch.rand(4, 3, 8, 8)
    stage = method.network.stages["first"]
    torch.manual_seed(1)
    assert not torch.equal(stage(images), stage.eval()(images))
    method.eval()
    once = stage(images)
    assert torch.equal(once, stage(images))
    wrong = recipe("feature", features={"stages": ["third"]})
    with pytest.raises(InputError, match=r"stage 'third'.*first"):
        build_method(wrong, ["disc"])


def test_a_window_holds_the_neighbours_of_its_case_alone(pack_discs):
    domain = pack_discs(cases=2, slices=4)
    assert domain.window(5, 1).tolist() == [5]
    assert domain.window(5, 5).tolist() == [4, 4, 5, 6, 7]
    assert domain.window(3, 3).tolist() == [2, 3, 3]


def test_a_policy_sees_whole_cases(recipe, pack_discs, tmp_path):
    recipe, domain = recipe("default"), pack_discs()
    trained = run(recipe, domain, tmp_path / "a.pt")
    write_run(trained, tmp_path, recipe=recipe, data={}, seed=1, threads=1)
    masks = []
    for policy in ("by_batch", f"{HERE}:Backwards"):
        part = prediction_part(recipe)
        part["inference"] = part["inference"] | {"policy": {"name": policy}}
        masks.append(
            predicted(part, domain, weights=tmp_path / "weights.safetensors").masks
        )
    assert np.array_equal(*masks)


# --- several processes ----------------------------------------------------------------


@pytest.fixture
def example_path(monkeypatch, repository):
    """Let other processes import the examples."""
    monkeypatch.setenv("PYTHONPATH", str(repository / "tests"))


def test_two_processes_end_with_the_weights_of_one(
    recipe, pack_discs, tmp_path, example_path
):
    domain = pack_discs(cases=4, slices=4, splits=("train",) * 4, structures=("a", "b"))
    objectives = [
        {"name": "dice_bce", "dice_weight": 0.8},
        {"name": "squared_dice_bce"},
        {"name": f"{HERE}:Entropy"},
    ]
    plain = recipe("default", "Plain", training={"augmentation": []})
    recipes = [plain | {"objective": objective} for objective in objectives]
    ones, twos = (
        [job_in(tmp_path / f"{n}on{k}", r, domain) for n, r in enumerate(recipes)]
        for k in (1, 2)
    )
    for job in ones:
        run_job(job, 1, ["cpu"])
    run_job(twos[0], 2, ["cpu", "cpu"])
    train_in_two(twos[1:])
    for one, two in zip(ones, twos, strict=True):
        check_equal_weights(one, two, rtol=0, atol=1e-6)


def test_what_one_of_several_processes_says_ends_the_job(
    recipe, pack_discs, tmp_path, example_path, caplog
):
    domain = pack_discs(splits=("test",))
    job = job_in(tmp_path / "run", recipe("default", "Plain"), domain)
    caplog.set_level("INFO")
    with pytest.raises(SystemExit):
        run_job(job, 2, ["cpu", "cpu"])
    assert "no slice to train on" in caplog.text


def test_more_gpus_than_slices_of_a_batch_are_refused(recipe):
    few = recipe("default", training={"batch_size": 1})
    job = TrainingJob("test", few, [], 1, 1, "resume.pt", ".")
    with pytest.raises(InputError, match="batch_size"):
        run_job(job, 2, ["cpu", "cpu"])


# --- faults ---------------------------------------------------------------------------


def test_a_loss_that_is_not_finite_stops_and_keeps_the_last_good_epoch(
    recipe, pack_discs, tmp_path
):
    diverging = recipe("default", algorithm={"name": f"{HERE}:Diverging"})
    domain, path = pack_discs(), tmp_path / "state.pt"
    with pytest.raises(InputError) as caught:
        run(diverging, domain, path, name="bench/method/site")
    message = str(caught.value)
    assert "bench/method/site, epoch 2, step 1 of 3" in message
    assert "learning rate" in message and "nan" in message
    kept = ResumeState(path, "key").load()
    assert len(kept["history"]) == 1
    assert all(t.isfinite().all() for t in kept["method"].values())


def test_weights_that_are_not_finite_are_refused(recipe, pack_discs, tmp_path):
    recipe = recipe("default")
    trained = run(recipe, pack_discs(), tmp_path / "a.pt")
    with torch.no_grad():
        trained.method.network.last.bias[0] = float("nan")
    write_run(trained, tmp_path, recipe=recipe, data={}, seed=1, threads=1)
    with pytest.raises(InputError, match=r"last\.bias.*not finite"):
        read_method(recipe, tmp_path / "weights.safetensors", torch.device("cpu"))


def test_a_source_of_photographs_and_volumes_is_read_in_one_form(
    recipe, pack_discs, tmp_path
):
    """Bytes in three channels: a z-score does not see the difference."""
    volume, photo = pack_discs("volume"), pack_discs("photo")
    images = (np.load(photo.folder / "images.npy")[..., None] * 40 + 90).clip(0, 255)
    images = np.repeat(images, 3, -1).astype(np.uint8)
    np.save(photo.folder / "images.npy", images)
    description = json.loads((photo.folder / "domain.json").read_text())
    description["arrays"]["images"] |= {"shape": images.shape, "dtype": "uint8"}
    (photo.folder / "domain.json").write_text(json.dumps(description))
    photo = PackedSlices(photo.folder)
    slices = SourceSlices([volume, photo], recipe("default"))
    batch = slices.batch([0, len(slices) - 1])
    assert batch.images.dtype == torch.uint8
    assert batch.images.shape == (2, 3, 64, 64)
    assert batch.images[0].min() == 0 and batch.images[0].max() == 255
