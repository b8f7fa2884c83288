"""The committed small SAM: made as its recipe says, and of use."""

import hashlib
import json

import numpy as np
import pytest
import torch
import yaml
from safetensors import safe_open

from sambench.methods.prompts import box_prompt
from sambench.models.sam.box_region import BoxRegionPromptEncoder
from sambench.models.sam.build import build_sam
from sambench.models.sam.builders import build_promptable
from sambench.predict.label_shape import box_shape
from sambench.pretrain.nano import pretrain, write_weights
from sambench.pretrain.shapes import draw_scene

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def recipe(repository):
    path = repository / "config" / "backbones" / "sam_nano.yaml"
    return yaml.safe_load(path.read_text())


@pytest.fixture
def weights(repository):
    return repository / "config" / "backbones" / "sam_nano.safetensors"


def test_the_committed_weights_are_small_and_carry_their_recipe(recipe, weights):
    content = weights.read_bytes()
    assert len(content) < 2_000_000
    assert hashlib.sha256(content).hexdigest() == recipe.pop("sha256")
    with safe_open(weights, framework="pt") as archive:
        assert json.loads(archive.metadata()["recipe"]) == recipe
        assert {archive.get_tensor(n).dtype for n in archive.keys()} == {torch.float16}  # noqa: SIM118


def test_the_small_sam_beats_its_boxes_on_scenes_it_has_not_seen(weights):
    generator = np.random.default_rng(123)
    scenes = [draw_scene(generator, 96, 2) for _ in range(40)]
    masks = np.stack([scene.masks for scene in scenes])
    images = np.stack([scene.image for scene in scenes]).transpose(0, 3, 1, 2)
    network = build_promptable(
        backbone="sam_nano", weights=weights, tuning={"name": "frozen"}
    )
    prompts = box_prompt(torch.from_numpy(masks), uniform=None)
    with torch.inference_mode():
        logits = network.eval()(torch.from_numpy(images).float(), prompts)

    def dice(found):
        both = (found & masks).sum((2, 3))
        return 100 * np.mean(2 * both / (found.sum((2, 3)) + masks.sum((2, 3))))

    assert dice(logits.numpy() > 0) > dice(box_shape(masks)) + 2


def test_a_training_of_a_few_steps_gives_equal_weights_again(recipe, tmp_path):
    for stage in recipe["stages"]:
        stage.update(steps=2, scenes=3, batch_size=2, scene_size=48)
    recipe["image_size"] = 64
    first, again = pretrain(recipe), pretrain(recipe)
    assert all(torch.equal(first[name], again[name]) for name in first)
    path = tmp_path / "weights.safetensors"
    write_weights(first, recipe, path)
    with safe_open(path, framework="pt") as archive:
        assert set(archive.keys()) == set(build_sam("nano", 64).state_dict())


def test_scenes_depend_on_the_generator_alone():
    first, again = (draw_scene(np.random.default_rng(5), 48, 2) for _ in range(2))
    np.testing.assert_array_equal(first.image, again.image)
    assert first.masks.shape == (2, 48, 48)
    assert first.masks.any(axis=(1, 2)).all()


def test_a_box_as_a_mask_covers_its_pixels_by_their_share():
    encoder = build_sam("nano", 64).prompt_encoder
    seen = {}
    encoder.mask_downscaling.register_forward_pre_hook(
        lambda module, inputs: seen.update(masks=inputs[0])
    )
    encoder.__class__ = BoxRegionPromptEncoder
    box = torch.tensor([[8.0, 0.0, 21.0, 63.0]])  # last pixels; cells of 4 px: 2 to 5.5
    encoder(None, box, None)
    row = (seen["masks"][0, 0, 3] / 4 + 1) / 2
    assert row.tolist() == [0, 0, 1, 1, 1, 0.5, *[0] * 10]
