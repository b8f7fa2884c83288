"""Embeddings as files: which methods share them, and that they change nothing."""

import copy
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from safetensors.torch import save_file

from sambench.embed.encode import encode_domain
from sambench.embed.use import IMAGE_SIZES, SAM_IMAGE_SIZE, embedding_of, open_all
from sambench.fetch.weights import FILES
from sambench.models.promptable.backbones import BACKBONES
from sambench.models.sam.build import build_sam
from sambench.predict.target import predict_target
from sambench.settings.recipe import prediction_part, recipe_for, training_part
from sambench.settings.schema import validate
from sambench.train.resume import ResumeState
from sambench.train.trainer import train

METHODS = Path(__file__).resolve().parents[1] / "config" / "methods"
SIZE = 64


def recipe_of(name: str) -> dict:
    recipe = yaml.safe_load((METHODS / f"{name}.yaml").read_text())
    return recipe_for(validate(recipe, "method", name), "prostate", {})


def small(name: str) -> dict:
    recipe = copy.deepcopy(recipe_of(name))
    recipe["network"].update(backbone="sam_nano", image_size=SIZE)
    return recipe


@pytest.fixture
def backbone(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    path = tmp_path / "sam.safetensors"
    save_file(build_sam("nano", SIZE).state_dict(), path)
    return path


@pytest.fixture
def encoded(pack_discs, backbone, tmp_path):
    domain = pack_discs(size=SIZE)
    path = tmp_path / "embeddings" / "domain.npy"
    path.parent.mkdir()
    encode_domain(domain, "sam_nano", backbone, SIZE, path, threads=1)
    return domain, path


def test_methods_with_a_frozen_encoder_and_no_augmentation_share_embeddings():
    for name in ("sam_box", "sam_whole_box", "sam_grid", "medsam_decoder"):
        assert embedding_of(recipe_of(name)) == ("vit_b", 1024)
    for name in ("medsam_full", "samed", "med_sa", "dapsam", "dbsam", "erm", "box"):
        assert embedding_of(recipe_of(name)) is None
    augmented = recipe_of("medsam_decoder")
    augmented["training"]["augmentation"] = [{"name": "mirror", "p": 0.5}]
    assert embedding_of(augmented) is None


def test_the_image_size_of_embeddings_is_that_of_the_backbone():
    for name, backbone in BACKBONES.items():
        if not name.startswith("dapsam"):
            assert IMAGE_SIZES.get(name, SAM_IMAGE_SIZE) == backbone.image_size


def test_every_published_backbone_has_a_file_in_the_registry(repository):
    registry = yaml.safe_load((repository / "config" / "datasets.yaml").read_text())
    for file, entry in FILES.items():
        files = registry["weights"][entry]["files"]
        assert file in [each["name"] for each in files]


def test_a_row_of_the_file_is_the_embedding_of_that_slice(encoded, backbone):
    domain, path = encoded
    (found,) = open_all([path])
    assert isinstance(found, np.memmap)
    assert found.shape == (len(domain), 64, 4, 4)
    assert found.dtype == np.float16
    sam = build_sam("nano", SIZE)
    from safetensors.torch import load_file

    sam.load_state_dict(load_file(backbone))
    image = torch.from_numpy(np.array(domain.images[5]))
    image = 255 * (image - image.min()) / (image.max() - image.min())
    mean = torch.tensor([123.675, 116.28, 103.53])[:, None, None]
    deviation = torch.tensor([58.395, 57.12, 57.375])[:, None, None]
    with torch.inference_mode():
        expected = sam.image_encoder(
            ((image.expand(3, -1, -1) - mean) / deviation)[None]
        )
    np.testing.assert_allclose(found[5], expected[0], atol=2e-3)


@pytest.mark.parametrize("name", ["sam_box", "sam_whole_box"])
def test_predictions_from_embeddings_are_those_from_images(name, encoded, backbone):
    domain, path = encoded
    recipe = prediction_part(small(name)) | {"objective": None}
    images = predict_target(recipe, domain, None, 1, backbone=backbone)
    (embeddings,) = open_all([path])
    files = predict_target(
        recipe, domain, None, 1, backbone=backbone, embeddings=embeddings
    )
    assert (images.masks != files.masks).mean() < 0.01


def test_training_from_embeddings_is_training_from_images(encoded, backbone, tmp_path):
    domain, path = encoded
    recipe = training_part(small("medsam_decoder"))
    recipe["training"].update(epochs=2, batch_size=3)

    def losses(embeddings):
        state = ResumeState(tmp_path / f"{embeddings is None}.pt", "key")
        trained = train(
            recipe,
            [domain],
            seed=1,
            threads=1,
            resume=state,
            backbone=backbone,
            embeddings=embeddings,
        )
        return trained.history["loss"]

    np.testing.assert_allclose(losses(None), losses(open_all([path])), rtol=1e-2)
