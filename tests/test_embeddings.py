"""Encodings as files: which methods share them, and that they change nothing."""

import copy
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from safetensors.torch import save_file

from predicted import predicted
from sambench.embed.encode import encode_domain
from sambench.embed.use import encoding_of, open_all
from sambench.errors import InputError
from sambench.fetch.weights import FILES
from sambench.methods import PROMPTS
from sambench.methods.batch import Batch
from sambench.methods.method import Method
from sambench.models.encoding import Encoding
from sambench.models.sam.build import build_sam
from sambench.settings.catalogue import Catalogue
from sambench.settings.recipe import (
    merge,
    prediction_part,
    recipe_for,
    training_part,
)
from sambench.train.resume import ResumeState
from sambench.train.trainer import train

CATALOGUE = Catalogue([Path(__file__).resolve().parents[1] / "config"])
SIZE = 64


def recipe_of(name: str) -> dict:
    return recipe_for(CATALOGUE.load("methods", name, "methods"), ["prostate"], {})


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
    whole = Encoding("promptable_sam", "sam_nano", SIZE)
    encode_domain(domain, whole, backbone, path, threads=1)
    return domain, path


def test_methods_with_a_frozen_encoder_and_no_augmentation_share_embeddings():
    for name in ("sam_box", "sam_whole_box", "sam_grid", "medsam_decoder"):
        assert encoding_of(recipe_of(name)) == ("promptable_sam", "vit_b", 1024)
    for name in ("medsam_full", "samed", "med_sa", "dapsam", "dbsam", "erm", "box"):
        assert encoding_of(recipe_of(name)) is None
    augmented = recipe_of("medsam_decoder")
    augmented["training"]["augmentation"] = [{"name": "mirror", "p": 0.5}]
    assert encoding_of(augmented) is None
    seen = recipe_of("medsam_decoder") | {"views": [{"name": "flip"}]}
    assert encoding_of(seen) is None
    scored = recipe_of("medsam_decoder")
    scored["input"]["normalisation"] = "zscore"
    assert encoding_of(scored) is None


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
    recipe = prediction_part(small(name))
    images = predicted(recipe, domain, backbone=backbone)
    files = predicted(recipe, domain, *open_all([path]), backbone=backbone)
    assert (images.masks != files.masks).mean() < 0.01


@pytest.fixture
def encoded_prefix(pack_discs, backbone, tmp_path):
    domain, path = pack_discs("prefixed", size=SIZE), tmp_path / "prefix.npy"
    encode_domain(domain, encoding_of(prefixed()), backbone, path, threads=1)
    return domain, path


def prefixed() -> dict:
    recipe = small("dbsam")
    recipe["input"]["cached"] = True
    # Random layers would draw differently at each call.
    recipe["network"].update(attention_dropout=0, dropout=0, drop_path=0)
    recipe["network"]["fusion"] = {"name": "DANE3", "drop_path": 0}
    return recipe


def test_a_prefix_is_kept_where_the_recipe_says_so():
    recipe = recipe_of("dbsam")
    recipe["input"]["cached"] = True
    assert encoding_of(recipe) == ("dbsam", "vit_b", 1024)


@pytest.mark.parametrize(
    ("change", "obstacle"),
    [
        ({"training": {"augmentation": [{"name": "x", "p": 1}]}}, "augmentation"),
        ({"input": {"normalisation": "zscore"}}, "input"),
        ({"network": {"stages": [[0, 0]]}}, "stages"),
        ({"network": {"name": "samed"}}, "samed"),
    ],
)
def test_a_prefix_that_would_change_is_refused(change, obstacle):
    recipe = merge(prefixed(), change)
    with pytest.raises(InputError, match=f"input.cached.*{obstacle}"):
        encoding_of(recipe)


def test_logits_from_a_kept_prefix_are_those_from_images(encoded_prefix, backbone):
    domain, path = encoded_prefix
    (prefix,) = open_all([path])
    assert isinstance(prefix, np.memmap) and prefix.dtype == np.float16
    assert prefix.shape == (len(domain), SIZE // 16, SIZE // 16, 96)
    method = Method(training_part(prefixed()), ["disc"], backbone).eval()
    rows = np.array([0, 1, 3])
    images = torch.from_numpy(domain.images[rows])[:, None]
    masks = torch.from_numpy(domain.structure_masks(rows))
    box = {"name": "box", "jitter": [0, 0], "grid": 256}
    prompts = PROMPTS.build(box, masks=masks, uniform=None)
    with torch.inference_mode():
        exact = method.predict(images, prompts)
        kept = method.predict(images, prompts, torch.from_numpy(prefix[rows]))
        other = method.predict(images, prompts, torch.from_numpy(prefix[rows + 5]))
    torch.testing.assert_close(kept, exact, rtol=0, atol=2e-3 * float(exact.std()))
    assert (other - exact).abs().max() > 0.05 * exact.std()

    # What is frozen gets no gradient, what is trained gets the same.
    batch = Batch(images, masks.float(), torch.ones(3, 1, dtype=torch.bool))
    method.prompt = box
    gradients = []
    for cached in (None, torch.from_numpy(prefix[rows])):
        method.zero_grad()
        method.losses(batch._replace(cached=cached))["loss"].backward()
        gradients.append({n: p.grad for n, p in method.named_parameters()})
    exact, kept = gradients
    frozen = {n for n, p in method.named_parameters() if not p.requires_grad}
    assert frozen and all(kept[name] is None for name in frozen)
    assert {n for n in kept if kept[n] is None} == {
        n for n in exact if exact[n] is None
    }
    norm = sum(float(g.square().sum()) for g in exact.values() if g is not None) ** 0.5
    for name, gradient in exact.items():
        if gradient is not None:
            assert float((kept[name] - gradient).norm()) < 0.01 * norm, name


@pytest.mark.parametrize(
    ("make", "files"),
    [(lambda: small("medsam_decoder"), "encoded"), (prefixed, "encoded_prefix")],
    ids=["embedding", "prefix"],
)
def test_training_from_files_is_training_from_images(
    make, files, backbone, tmp_path, request
):
    domain, path = request.getfixturevalue(files)
    recipe = training_part(make())
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
