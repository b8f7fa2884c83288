"""CNN methods through the trainer: resumed, on two processes, at the edges."""

import copy

import pytest
import torch

from interrupted import Interrupted, InterruptedState
from sambench.errors import InputError
from sambench.methods.batch import Batch
from sambench.methods.method import build_method
from sambench.models import NETWORKS
from sambench.settings.catalogue import Catalogue
from sambench.settings.parts import check_parts
from sambench.settings.recipe import recipe_for, training_part
from sambench.settings.schema import validate
from sambench.train.job import run_job
from sambench.train.optimisation import Optimisers
from sambench.train.resume import ResumeState
from sambench.train.trainer import train
from small_recipes import SMALL
from two_processes import check_equal_weights, job_in, train_in_two

pytestmark = pytest.mark.usefixtures("one_thread")

LEVEL = ("level_csdg", "level_ccsdg", "level_slaug", "level_ads")
HERE = "cnn_parts"
# What takes the place of random views, by method
FIXED = {
    "level_csdg": {"views": [{"name": f"{HERE}:Gammas", "exponents": [0.7, 1, 1.4]}]},
    "level_ccsdg": {"views": [{"name": f"{HERE}:Gammas", "exponents": [0.7, 1.4, 1]}]},
    "level_slaug": {"views": [{"name": f"{HERE}:Gammas", "exponents": [0.7, 1.4]}]},
    "level_ads": {"views": []},
}


@pytest.fixture
def recipe(repository):
    """A recipe on a small network, checked as at planning."""
    catalogue = Catalogue([repository / "config"])

    def make(name, **training):
        found = copy.deepcopy(catalogue.load("methods", name, "methods"))
        for key in ("network", "algorithm"):
            part = found.get(key) or {}
            part |= SMALL.get(part.get("name"), {})
        found["training"] |= training
        found = validate(found, "method", name)
        return check_parts(recipe_for(found, ["prostate"], {}), name)

    return make


@pytest.mark.parametrize(
    "name",
    [*LEVEL, "level_dsu", "level_maxstyle", "maxstyle", "advbias", "rsc", "dual_norm"],
)
def test_a_resumed_training_equals_a_whole_one(name, recipe, pack_discs, tmp_path):
    part = training_part(
        recipe(name, epochs=2, steps_per_epoch=2, batch_size=3, drop_last=False)
    )
    domain = pack_discs(size=64)

    def run(path, kind):
        resume = kind(tmp_path / path, "key")
        return train(part, [domain], seed=1, threads=1, resume=resume)

    whole = run("whole.pt", ResumeState)
    with pytest.raises(Interrupted):
        run("cut.pt", InterruptedState)
    resumed = run("cut.pt", ResumeState)
    assert resumed.resumed_epochs == 1
    for key, tensor in whole.method.trained_state().items():
        assert torch.equal(tensor, resumed.method.trained_state()[key]), key


def test_two_processes_end_with_the_weights_of_one(
    recipe, pack_discs, tmp_path, monkeypatch, repository
):
    monkeypatch.setenv("PYTHONPATH", str(repository / "tests"))
    domain = pack_discs(size=64, cases=4, slices=4, splits=("train",) * 4)
    ones, twos = [], []
    for name in LEVEL:
        chosen = recipe(name, epochs=1, steps_per_epoch=2, batch_size=4) | FIXED[name]
        prompt = {"channel_prompt": True} if name == "level_ccsdg" else {}
        chosen["network"] = {"name": f"{HERE}:small_unet"} | prompt
        # Small steps of SGD: Adam would turn the rounding of gradients into whole ones
        slow = {"name": "sgd", "lr": 1e-3}
        chosen["training"]["optimiser"] = slow
        for name_of_other in chosen["training"]["optimisers"] or {}:
            chosen["training"]["optimisers"][name_of_other] = slow
        if name == "level_ads":
            chosen["algorithm"] = chosen["algorithm"] | {"name": f"{HERE}:FixedADS"}
        part = training_part(chosen)
        ones.append(job_in(tmp_path / f"{name}_one", part, domain))
        twos.append(job_in(tmp_path / f"{name}_two", part, domain))
        run_job(ones[-1], 1, ["cpu"])
    # A coin decides how often MaxStyle's processes wait for one another
    part = recipe("maxstyle", epochs=1, steps_per_epoch=6, batch_size=4)
    styled = job_in(tmp_path / "maxstyle", training_part(part), domain)
    train_in_two([*twos, styled])
    for one, two in zip(ones, twos, strict=True):
        check_equal_weights(one, two, rtol=1e-4, atol=1e-4)


EDGES = {
    "a batch of one": ((1, 1, 64, 64), 1),
    "an odd batch, not square, two structures": ((3, 1, 40, 56), 2),
    "photographs": ((2, 3, 64, 48), 2),
}
NAMES = [
    "ads",
    "advbias",
    "advnoise",
    "audit_ada",
    "audit_bigaug",
    "audit_maxstyle",
    "audit_randconv",
    "audit_slaug",
    "bigaug",
    "ccsdg",
    "csdg",
    "cutout",
    "dsu",
    "dsu_port",
    "dual_norm",
    "ibn_a",
    "ibn_b",
    "maxstyle",
    "maxstyle_baseline",
    "mixstyle",
    "mixstyle_port",
    "randconv",
    "randconv_port",
    "rsc",
    "slaug",
]


@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("name", NAMES)
def test_edges_give_finite_losses_and_weights(name, edge, recipe):
    """A constant slice, an empty one, odd sizes: two updates and a prediction."""
    (n, channels, height, width), count = EDGES[edge]
    torch.manual_seed(0)
    part = training_part(recipe(name, epochs=1))
    method = build_method(part, [f"s{i}" for i in range(count)]).train()
    optimise = Optimisers(method.groups(), part["training"], epoch_steps=1)
    photo = channels == 3
    images = 255 * torch.rand(n, channels, height, width)
    targets = torch.zeros(n, count, height, width)
    if n > 1:
        images[0] = 7  # a constant slice, without foreground
        targets[1, :, 5:20, 8:30] = 1
    images = images.to(torch.uint8) if photo else images
    batch = Batch(images, targets, torch.ones(n, count, dtype=torch.bool))
    for _ in range(2):
        losses = method.update(batch, optimise)
        assert all(torch.isfinite(value) for value in losses.values())
    assert all(p.isfinite().all() for p in method.parameters())
    with torch.inference_mode():
        logits = method.eval().predict(images)
    assert logits.shape == (n, count, height, width)
    assert logits.isfinite().all()


def test_what_an_algorithm_needs_of_its_network_is_said(recipe):
    part = recipe("level_ccsdg")
    part["network"]["channel_prompt"] = False
    with pytest.raises(InputError, match="channel_prompt"):
        build_method(training_part(part), ["disc"])
    part = recipe("maxstyle")
    part["network"] = {"name": "plain_unet", "widths": [4, 8]}
    with pytest.raises(InputError, match="fcn16"):
        build_method(training_part(part), ["disc"])
    for name in ("ibn_a", "level_ibn"):
        network = recipe(name)["network"]
        assert NETWORKS.misfit(network, 64) is None
        network["widths"] = [7, 8, 8, 8]
        assert "even widths" in NETWORKS.misfit(network, 64).expected
    assert NETWORKS.misfit(recipe("ibn_b")["network"] | {"widths": [7] * 4}, 64) is None


def test_recipes_have_the_values_of_the_codes_and_not_of_those_they_are_like(
    repository,
):
    catalogue = Catalogue([repository / "config"])

    def on(name, benchmark):
        found = catalogue.load("methods", name, "methods")
        return recipe_for(found, catalogue.lineage("benchmarks", benchmark), {})

    training = on("ads", "prostate")["training"]
    options = [training["optimiser"], *training["optimisers"].values()]
    assert [each.get("weight_decay", 0) for each in options] == [0, 0]

    def curves(name, benchmark):
        (branches,) = on(name, benchmark)["views"]
        return branches["of"][1][0]

    for benchmark in ("prostate_csdg", "acdc"):  # MR, which knows no 0 to 255
        assert curves("ccsdg", benchmark) == curves("audit_ccsdg", benchmark)
        assert curves("ccsdg", benchmark) == {"name": "gla"}
    for benchmark in ("riga", "riga_five"):
        bytes_ = {"name": "gla", "range": [0, 255]}
        assert curves("ccsdg", benchmark) == bytes_ | {"unit": False, "per": "batch"}
        assert curves("audit_ccsdg", benchmark) == bytes_
        spaces = [
            view.get("space") for view in on("audit_randconv", benchmark)["views"]
        ]
        assert spaces == ["packed", "packed"]


@pytest.mark.parametrize(
    ("name", "views", "found"),
    [
        ("level_ccsdg", [], "1 of each slice"),
        ("level_slaug", [{"name": "gin_ipa"}], "3 of each slice"),
        ("maxstyle", [{"name": "negative"}], "2 of each slice"),
    ],
)
def test_another_number_of_views_is_refused(name, views, found, recipe):
    method = build_method(training_part(recipe(name) | {"views": views}), ["disc"])
    images, targets = torch.rand(2, 1, 32, 32), torch.zeros(2, 1, 32, 32)
    batch = Batch(images, targets, torch.ones(2, 1, dtype=torch.bool))
    with pytest.raises(InputError, match="the recipe's views") as caught:
        method.update(batch, None)
    assert caught.value.found == found
