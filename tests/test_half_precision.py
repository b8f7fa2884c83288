"""Every way of training a CNN makes a step in bfloat16, as GPUs do by default."""

import pytest
import torch

from sambench.errors import InputError
from sambench.methods.algorithms.ada import Adapter
from sambench.methods.algorithms.patch_nce import PatchVectors, patch_nce
from sambench.methods.algorithms.rsc import code_mask
from sambench.methods.algorithms.slaug import saliency_map
from sambench.methods.batch import Batch
from sambench.methods.method import build_method
from sambench.methods.spline import SplineField
from sambench.predict.case_slices import CaseSlices
from sambench.predict.network import NetworkPredictor
from sambench.settings.catalogue import Catalogue
from sambench.settings.recipe import prediction_part, recipe_for
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


@pytest.fixture
def small(recipe_of):
    """A method of MaxStyle's network, two slices, and the logits for them."""

    def build(name):
        recipe = recipe_of(name)
        sizes = {"down": [4, 4, 4, 4, 4], "up": [4, 4, 4, 4], "code": 4}
        recipe["network"] |= sizes
        torch.manual_seed(0)
        method, batch = build_method(recipe, ["a"]), batch_of(2, 32)
        images = batch.images.expand(-1, 3, -1, -1)
        with torch.no_grad():
            logits = method.network(images)
        return method, batch._replace(images=images), logits

    return build


def half():
    return torch.autocast("cpu", dtype=torch.float16)


@pytest.mark.parametrize("name", ["advbias", "advnoise"])
def test_half_precision_does_not_lose_the_direction_of_an_adversary(name, small):
    method, batch, logits = small(name)
    start = method.draw(batch.images)
    reference = logits + 1e-3 * torch.randn_like(logits)  # slopes of some 1e-8
    expected = method.moved(batch.images, reference, start)
    with half():
        found = method.moved(batch.images, reference, start)
    assert not torch.equal(expected, start)
    torch.testing.assert_close(found, expected)


def test_half_precision_masks_the_same_places_of_a_code(small):
    method, _, _ = small("rsc")
    code, image = torch.rand(1, 4, 16, 16).half(), torch.rand(1, 3, 256, 256)
    decode = method.network.image_decoder
    expected = code_mask(code.float(), decode, image, "spatial")
    with half():
        found = code_mask(code, decode, image, "spatial")
    assert 0 < expected.sum() < expected.numel()
    assert torch.equal(found, expected)


def test_half_precision_finds_the_same_styles(small):
    method, batch, _ = small("maxstyle")
    code = torch.rand(2, 4, 2, 2)
    draws = {}
    while not draws:
        draws = method.draw(code)
    expected, _, losses = method.stylised(code, batch, draws)
    with half():
        found, _, again = method.stylised(code, batch, draws)
    assert losses[-1] > losses[0]
    torch.testing.assert_close(torch.stack(again), torch.stack(losses))
    torch.testing.assert_close(found, expected)


def test_a_scaled_gradient_that_overflows_makes_no_image_infinite(recipe_of):
    method, optimise, _ = random_training(
        recipe_of("level_slaug"), 1, torch.device("cpu")
    )
    backward = optimise.backward
    optimise.backward = lambda loss: backward(loss * 1e38 * 1e38)
    optimise.step = lambda: None
    losses = method.update(batch_of(4, 64), optimise)
    assert losses["fused"].isfinite()
    assert all(buffer.isfinite().all() for buffer in method.network.buffers())
    assert saliency_map(torch.zeros(1, 3, 64, 64), 18).isfinite().all()


def test_smooth_fields_stay_in_float32():
    spline = SplineField(2, 4, 3, align_corners=False)
    control = torch.randn(2, 1, *spline.points((64, 48)))
    expected = spline.field(control, (64, 48))
    with half():
        assert torch.equal(spline.field(control, (64, 48)), expected)


def test_learned_curves_and_shared_patches_stay_in_float32():
    torch.manual_seed(0)
    images, adapter = torch.rand(2, 3, 16, 16), Adapter()
    torch.nn.init.normal_(adapter.curve.weight)
    queries, keys = (
        [torch.nn.functional.normalize(torch.randn(2, 9, 8), dim=2)] for _ in range(2)
    )
    expected, loss = adapter(images), patch_nce(queries, keys)
    with half():
        assert torch.equal(adapter(images), expected)
        assert torch.equal(patch_nce(queries, keys), loss)


def test_vectors_of_nothing_have_finite_slopes():
    vectors = PatchVectors([3], 8)
    maps, places = torch.zeros(1, 3, 4, 4).half(), torch.arange(4)
    with half():
        found = vectors([maps], [places])
        loss = (found[0] * torch.rand(1, 4, 8)).sum()
    loss.backward()
    assert all(p.grad.isfinite().all() for p in vectors.parameters())


@pytest.mark.parametrize(
    ("precision", "expected"),
    [("auto", torch.float32), ("bfloat16", torch.bfloat16)],
)
def test_predictions_are_computed_in_the_format_of_the_recipe(
    small_recipe, pack_discs, caplog, precision, expected
):
    caplog.set_level("INFO")
    small_recipe["inference"]["precision"] = precision
    predictor = NetworkPredictor(prediction_part(small_recipe), ["disc"], threads=1)
    seen = []
    predictor._method.network.register_forward_hook(
        lambda network, given, logits: seen.append(logits.dtype)
    )
    predictor(CaseSlices(pack_discs(), "case3"))
    assert set(seen) == {expected}
    assert f"computes in {str(expected).removeprefix('torch.')} on cpu" in caplog.text


def test_a_format_that_a_device_lacks_is_refused(small_recipe):
    small_recipe["inference"]["precision"] = "float16"
    with pytest.raises(InputError, match=r"inference\.precision: found 'float16' on"):
        NetworkPredictor(prediction_part(small_recipe), ["disc"], threads=1)
