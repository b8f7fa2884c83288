"""What a run will take: counted by hand for small cases."""

import os
import subprocess
import sys

import pytest
import torch

from sambench.__main__ import main
from sambench.embed.use import encoding_of
from sambench.planning import Share, shares_of
from sambench.settings.inheritance import merge
from sambench.settings.settings import load_settings
from sambench.settings.yaml_file import read_yaml
from sambench.train.cost import Cost, measure_step, step_cost
from small_recipes import small


@pytest.fixture
def smoke(repository):
    path = repository / "tests" / "smoke.yaml"
    return load_settings(read_yaml(path), [repository / "config"], str(path), [path])


def no_cost(recipe, structures, size):
    return Cost(flops=9 * 10**12, memory=2**30, parameters=1, trained=1), None


def test_jobs_of_the_smoke_configuration(smoke, tmp_path):
    shares = {(s.benchmark, s.method): s for s in shares_of(smoke, tmp_path, no_cost)}
    erm = shares["prostate", "erm"]
    # one source, two targets; two epochs of at least one step
    assert (erm.trainings, erm.predictions, erm.steps, erm.least) == (1, 2, 2, True)
    assert erm.slices == 2 * 1000
    assert erm.disk == 2 * 1000 * 64 * 64 / 8 / 20  # a bit a pixel, compressed
    # one model of all tasks, two of them tested
    assert (
        shares["tasks3d", "erm"].trainings,
        shares["tasks3d", "erm"].predictions,
    ) == (
        1,
        2,
    )
    box = shares["prostate", "box"]
    assert (box.trainings, box.predictions, box.steps, box.flops) == (0, 2, 0, None)


def test_packed_slices_say_how_many_are_trained_on_and_predicted(
    smoke, tmp_path, pack_discs
):
    """Five of ten cases train, the others are tested: 20 slices each, 15 labelled."""
    for name in ("RUNMC", "BMC"):
        packed = pack_discs(name, cases=10, slices=4, splits=("train", "test"))
        folder = tmp_path / "packed" / "prostate" / name
        folder.parent.mkdir(parents=True, exist_ok=True)
        packed.folder.rename(folder)

    def planned():
        shares = shares_of(smoke, tmp_path, no_cost)
        return {(s.benchmark, s.method): s for s in shares}["prostate", "erm"]

    assert planned().slices == 20 + 1000  # BMC, and HK, which is not packed
    assert (planned().steps, planned().least) == (2 * 3, False)  # batches of 8, 8, 4
    smoke.recipes["prostate"]["erm"]["training"]["slices"] = "foreground"
    assert planned().steps == 2 * 2
    smoke.config["checkpoints"]["validation"] = 0.4  # two of the five
    assert planned().steps == 2 * 2  # 9 slices


def test_hours_at_a_pace():
    share = Share("b", "m", steps=1000, batch_size=4, slices=2000, flops=9 * 10**12)
    # training 9e15, prediction a third of 9e12 / 4 for each slice: 1.5e15
    assert share.hours(1e12) == pytest.approx(10.5e15 / 1e12 / 3600)
    assert Share("b", "m").hours(1e12) is None


def test_hours_that_are_measured():
    share = Share("b", "m", steps=1000, batch_size=4, slices=2400, seconds=9.0)
    # a third of 9 / 4 s for each slice
    assert share.hours(1e12) == pytest.approx((9000 + 1800) / 3600)


def test_what_is_measured_is_of_the_benchmark_and_scaled_by_its_pixels(smoke, tmp_path):
    """One network of convolutions on slices of several sizes is timed once."""
    shares = shares_of(smoke, tmp_path, lambda *_: (None, 2.0))
    seconds = {s.benchmark: s.seconds for s in shares if s.method == "erm"}
    sizes = smoke.config["image_size"]
    sizes = sizes if isinstance(sizes, dict) else dict.fromkeys(seconds, sizes)
    first = next(iter(seconds))
    assert seconds == {
        name: pytest.approx(2.0 * (sizes[name] / sizes[first]) ** 2) for name in seconds
    }


@pytest.mark.parametrize(("method", "own_size"), [("erm", False), ("samed", True)])
def test_pixels_scale_the_cost_of_networks_without_a_size_of_their_own(
    method, own_size, repository, tmp_path
):
    config = {"methods": [method], "data_source": "synthetic"}
    sizes = {"benchmarks": ["prostate", "riga"], "image_size": {"prostate": 128}}
    sizes["image_size"]["riga"] = 256
    settings = load_settings(config | sizes, [repository / "config"])
    flops = {s.benchmark: s.flops for s in shares_of(settings, tmp_path, no_cost)}
    assert flops["riga"] == flops["prostate"] * (1 if own_size else 4)


def test_predictions_are_those_of_the_rules_for_every_choice_of_weights(
    repository, tmp_path
):
    """Protocols that choose weights have the last ones predict, and the chosen ones."""
    path = repository / "config" / "level_field.yaml"
    settings = load_settings(read_yaml(path), [repository / "config"], "x", [path])
    found = {s.method: s for s in shares_of(settings, tmp_path, no_cost)}
    runs = len([run for run in settings.runs("prostate") if run.method == "level_csdg"])
    # 5 targets of each source, by the last weights and by those that were chosen
    side = settings.config["image_size"]
    assert found["level_csdg"].disk == 180 * 1000 * side**2 / 160
    assert found["level_csdg"].trainings == runs == 18
    assert found["level_csdg"].predictions == 18 * 5 * 2


def test_what_another_program_trains_counts_as_trained(repository, tmp_path):
    path = repository / "config" / "examples" / "acdc_nnunet.yaml"
    settings = load_settings(
        read_yaml(path), [repository / "config"], "x", [path], environments=True
    )
    shares = shares_of(settings, tmp_path, no_cost)
    (nnunet,) = [share for share in shares if share.method == "nnunet_2d"]
    assert (nnunet.trainings, nnunet.predictions) == (2, 2)  # a model of each domain
    assert (nnunet.steps, nnunet.flops, nnunet.hours(1e12)) == (0, None, None)


class Line(torch.nn.Module):
    """One convolution of 3 x 3: what it costs is known."""

    def __init__(self, structures):
        super().__init__()
        self.line = torch.nn.Conv2d(3, structures, 3, padding=1, bias=False)
        self.stages = {}

    def forward(self, images, prompts=None, cached=None):
        return self.line(images)


def test_the_cost_of_one_convolution(small_recipe):
    recipe = small_recipe | {"network": {"name": f"{__name__}:Line"}}
    cost = step_cost(recipe, 2, (8, 16))
    # forward and the gradient of the weights; images need no gradient
    multiplications = 8 * 16 * 3 * 9 * 2
    assert cost.flops == 4 * 2 * 2 * multiplications  # four slices a batch
    assert cost.parameters == cost.trained == 2 * 3 * 9


@pytest.mark.parametrize(
    ("name", "anew"),
    [
        ("desam", {"input": {"normalisation": "bytes", "cached": False}}),
        ("medsam_decoder", {"training": {"augmentation": [{"name": "mirror"}]}}),
    ],
)
def test_what_a_frozen_encoder_computes_once_is_not_in_a_step(name, anew):
    recipe = small(name)
    assert encoding_of(recipe)
    seen_anew = merge(recipe, anew)
    assert not encoding_of(seen_anew)
    cost, whole = (step_cost(each, 1, (64, 64)) for each in (recipe, seen_anew))
    assert cost.parameters == whole.parameters  # it is in memory all the same
    assert cost.flops < whole.flops
    assert measure_step(recipe, 1, (64, 64), steps=1) > 0


def test_the_plan_of_a_file_fits_on_a_screen(repository, tmp_path, capsys):
    file = str(repository / "tests" / "smoke.yaml")
    assert main(["plan", "--configfile", file, "--results", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) < 120
    assert lines[0].split()[:4] == ["benchmark", "method", "trainings", "steps"]
    assert any(line.startswith("together") for line in lines)
    assert any("at 100 TFLOP/s" in line for line in lines)


def test_the_plan_of_a_file_that_is_not_there_says_so(tmp_path, capsys):
    assert main(["plan", "--configfile", str(tmp_path / "no.yaml")]) == 1


@pytest.mark.parametrize("pace", ["0", "-1", "nan", "inf"])
def test_a_pace_that_is_none_is_refused(pace, capsys):
    assert main(["plan", "--configfile", "x.yaml", f"--pace={pace}"]) == 1
    assert f"--pace: found {pace}" in capsys.readouterr().err


def test_the_cost_of_a_convolutional_network_is_that_of_its_pixels():
    cost = Cost(flops=90, memory=100, parameters=7, trained=7, fixed=20)
    assert cost.scaled(4) == Cost(360, 340, 7, 7, 20)  # 20 + 4 * 80
    assert cost.scaled(1) == cost


MEASURED = """
import resource, sys, torch
import torch._dynamo  # as the first step of an optimiser does
from pathlib import Path
from sambench.compute.device import peak_memory, prepare
from sambench.methods.batch import Batch
from sambench.settings.catalogue import Catalogue
from sambench.settings.recipe import recipe_for
from sambench.train.cost import PROCESS, random_training, step_cost
file = Catalogue([Path(sys.argv[1])]).load("methods", "erm", "test")
recipe = recipe_for(file, [], {})
recipe["network"]["features"] = [32, 32, 32, 32, 32, 32]
recipe["training"] |= {"batch_size": 4, "augmentation": None}
random_training(recipe, 1, torch.device("meta"))  # imports what the network needs
device = prepare(1, "cpu")
pages = int(Path("/proc/self/statm").read_text().split()[1])
before = pages * resource.getpagesize()
method, optimise, _ = random_training(recipe, 1, device)
targets = torch.zeros(4, 1, 192, 192)
batch = Batch(torch.rand(4, 1, 192, 192), targets, torch.ones(4, 1) > 0)
optimise.set_rates(0)
for _ in range(2):  # in the second there are moments and gradients from the start
    method.update(batch, optimise)
peak = peak_memory(device) - before
print(peak, step_cost(recipe, 1, (192, 192)).memory - PROCESS)
"""


def test_the_memory_of_a_step_is_near_what_it_takes(repository):
    command = [sys.executable, "-c", MEASURED, str(repository / "config")]
    path = str(repository / "workflow" / "scripts")
    done = subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    measured, counted = map(int, done.stdout.split())
    assert counted == pytest.approx(measured, rel=0.25)
