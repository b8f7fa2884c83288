"""A training step waits for its device nowhere: every recipe, on a pretended one."""

from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from pretended_device import DEVICE, PretendedDevice
from sambench.methods.method import build_method
from sambench.models.sam.build import build_sam
from sambench.settings.recipe import training_part
from sambench.train.optimisation import Optimisers
from sambench.train.randomness import seed_generators
from sambench.train.resident import ResidentSlices
from sambench.train.slices import SourceSlices
from small_recipes import OF_ONE_STRUCTURE, SIZE, TRAINED, small

# What waits, by the name of the recipe: functions of the library, each with its reason.
WAITING = {
    # A connected component can be as long as an image has pixels: scipy finds it. Once
    # in every other batch of nine steps.
    "sam_med2d": {"noisy_boxes"},
}

SEED = 3  # by which a prompt of SAM-Med2D is a box

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def backbone(tmp_path_factory):
    """Random weights of a small SAM."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("weights") / "sam.safetensors"
    save_file(build_sam("nano", SIZE).state_dict(), path)
    return path


def certain(part: Any) -> Any:
    """Return a part of a recipe in which whatever may happen does."""
    if isinstance(part, list):
        return [certain(each) for each in part]
    if isinstance(part, dict):
        return {key: 1 if key == "p" else certain(each) for key, each in part.items()}
    return part


def make_step(recipe, structures, domain, backbone, device) -> dict[str, torch.Tensor]:
    """Make a watched training step on a pretended device, batch and all."""
    method = build_method(recipe, structures, backbone).train()
    method.learn_from([domain.structures])
    slices = SourceSlices([domain], recipe)
    with device:
        method.to(DEVICE)
        if hasattr(method.network, "encode"):  # a frozen encoder comes at its first use
            with torch.no_grad():
                method.network.encode(torch.zeros(1, 3, SIZE, SIZE, device=DEVICE))
        optimise = Optimisers(method.groups(), recipe["training"], epoch_steps=1)
        pool = ResidentSlices(slices, DEVICE)
        method.network.register_forward_pre_hook(device.recorded)
        method.network.register_forward_hook(device.recorded)
        with device.watched():
            optimise.set_rates(0)
            seed_generators(SEED, 0, 0)
            found = method.update(pool.batch(range(4)), optimise)
            found = {key: value.detach() for key, value in found.items()}
    return {key: value.numbers for key, value in found.items()}


@pytest.mark.parametrize("name", TRAINED)
def test_a_training_step_does_not_wait_for_its_device(name, pack_discs, backbone):
    structures = ("disc",) if name in OF_ONE_STRUCTURE else ("disc", "cup")
    domain = pack_discs(size=SIZE, structures=structures)
    recipe = training_part(small(name))
    recipe["training"]["augmentation"] = certain(recipe["training"].get("augmentation"))
    recipe |= {key: certain(recipe.get(key)) for key in ("views", "features")}
    device = PretendedDevice()
    weights = backbone if "backbone" in recipe["network"] else None
    losses = make_step(recipe, structures, domain, weights, device)
    assert all(loss.isfinite() for loss in losses.values())
    allowed = WAITING.get(name, set())
    waits = [wait for wait in device.waits if wait.function not in allowed]
    assert not waits, "\n".join(dict.fromkeys(map(str, waits)))
    assert allowed <= {wait.function for wait in device.waits}
    drawn = {each.function for each in device.on_host}
    assert drawn <= {"draw"} if recipe.get("features") else not drawn, device.on_host


@pytest.mark.parametrize(
    ("reads", "reason"),
    [
        (lambda x: x.sum().item(), "a number is read"),
        (lambda x: bool((x > 0).any()), "a number is read"),
        (lambda x: x[x > 0], "a mask chooses"),
        (lambda x: torch.where(x > 0), "places are listed"),
        (lambda x: x.cpu(), "copied to the host"),
        (lambda x: x.new_tensor([1, 2]), "writes constants"),
        (lambda x: torch.tensor([1, 2], device=x.device), "writes constants"),
        (lambda x: torch.ones(2).to(x.device), "the host copies"),
        (lambda x: x + torch.ones(3), "among those of the device"),
        (lambda x: x[[0, 1]], "among those of the device"),
        (lambda x: torch.multinomial(x, 1, True), "checks the weights"),
        (lambda x: x.repeat_interleave(x[0].long(), 1), "how often to repeat"),
    ],
)
def test_the_pretended_device_notes_what_waits(reads, reason):
    device = PretendedDevice()
    with device:
        x = torch.ones(2, 3, device=DEVICE)
        with device.watched():
            reads(x)
    assert reason in str(device.waits[0])


def test_the_pretended_device_computes():
    with PretendedDevice() as device:
        layer = torch.nn.Linear(3, 2)
        expected = layer(torch.ones(1, 3)).sum()
        layer.to(DEVICE)
        with device.watched():
            found = layer(torch.ones(1, 3, device=DEVICE)).sum()
            found.backward()
    assert torch.equal(found.numbers, expected)
    assert torch.equal(layer.weight.grad.numbers, torch.ones(2, 3))
    assert not device.waits


def test_the_pretended_device_notes_what_a_graph_would_not_hold():
    with PretendedDevice() as device:
        layer = torch.nn.Dropout()
        layer.register_forward_pre_hook(device.recorded)
        layer.register_forward_hook(device.recorded)
        with device.watched():
            torch.rand(())
            layer(torch.ones(2, device=DEVICE))
            assert not device.on_host
            layer(torch.ones(2))
    assert "on the host" in str(device.on_host[0])
