"""Every registered recipe: trained for a step, saved, loaded, predicts equally."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from interrupted import Interrupted, InterruptedState
from predicted import predicted
from sambench.__main__ import main
from sambench.errors import InputError
from sambench.methods import PROMPTS
from sambench.methods.batch import Batch
from sambench.methods.method import Method, build_method
from sambench.methods.normalisation import uint8_range, zscore
from sambench.methods.objectives import SquaredDiceBCE
from sambench.methods.prompts import seeded_uniform
from sambench.models import NETWORKS
from sambench.models.dapsam.builder import NAMES as DAPSAM_NAMES
from sambench.models.sam.build import build_sam
from sambench.models.sam.decoding import decode_prompts
from sambench.models.sam.frame import Frame
from sambench.models.sam_med2d import NAMES as SAM_MED2D_NAMES
from sambench.settings.recipe import prediction_part, training_part
from sambench.train.epoch_order import EpochOrder
from sambench.train.randomness import make_repeatable
from sambench.train.resume import ResumeState
from sambench.train.run_folder import read_method, write_run
from sambench.train.schedules import poly_after_epoch
from sambench.train.slices import SourceSlices
from sambench.train.trainer import train
from sambench.weights.reading import digest
from small_recipes import (
    FILES,
    NETWORK_METHODS,
    OF_ONE_STRUCTURE,
    SIZE,
    TRAINED,
    small,
)

# Networks with published weights: which part of ours has them, and their names
PUBLISHED = {
    "dapsam": ("network", DAPSAM_NAMES.state_to_theirs),
    "sam_med2d": ("sam", SAM_MED2D_NAMES.state_to_theirs),
}


pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def weights(tmp_path_factory) -> dict[str, Path]:
    """Random weights: of a small SAM, and of small networks in their authors' names."""
    folder = tmp_path_factory.mktemp("weights")
    torch.manual_seed(0)
    paths = {name: folder / f"{name}.safetensors" for name in ("sam", *PUBLISHED)}
    save_file(build_sam("nano", SIZE).state_dict(), paths["sam"])
    for name, (part, rename) in PUBLISHED.items():
        network = getattr(Method(small(name), ["disc"], paths["sam"]).network, part)
        state = {n: t.contiguous() for n, t in rename(network.state_dict()).items()}
        save_file(state, paths[name])
    return paths


def backbone_of(recipe, weights) -> Path | None:
    if "backbone" not in recipe["network"]:
        return None
    published = recipe["network"].get("published")
    return weights[recipe["network"]["name"] if published else "sam"]


def run(recipe, domain, backbone, folder):
    trained = train(
        training_part(recipe),
        [domain],
        seed=1,
        threads=1,
        resume=ResumeState(folder / "state.pt", "key"),
        backbone=backbone,
    )
    write_run(
        trained,
        folder,
        recipe=training_part(recipe),
        data={},
        seed=1,
        threads=1,
        backbone=backbone,
    )
    return trained, folder / "weights.safetensors"


def test_a_run_of_dapsam_is_exported_and_comes_back_as_released_weights(
    pack_discs, weights, tmp_path, capsys
):
    recipe, domain = small("dapsam"), pack_discs(size=SIZE)
    folder, out = tmp_path / "run", tmp_path / "dapsam.pth"
    folder.mkdir()
    run(recipe, domain, weights["sam"], folder)
    command = ["export", str(folder), "--backbone", str(weights["sam"])]
    assert main([*command, "--out", str(out)]) == 0
    released = small("dapsam_release")
    expected = predicted(
        prediction_part(recipe),
        domain,
        weights=folder / "weights.safetensors",
        backbone=weights["sam"],
    )
    found = predicted(prediction_part(released), domain, backbone=out)
    assert np.array_equal(found.masks, expected.masks)
    ours = read_method(
        recipe, folder / "weights.safetensors", torch.device("cpu"), weights["sam"]
    ).network.network.state_dict()
    state = torch.load(out, weights_only=True)
    assert state.keys() == DAPSAM_NAMES.state_to_theirs(ours).keys()
    for name, tensor in DAPSAM_NAMES.state_to_theirs(ours).items():
        assert torch.equal(state[name], tensor), name


def test_only_what_has_published_names_is_exported(
    pack_discs, weights, tmp_path, capsys
):
    recipe, domain = small("dapsam_as_written"), pack_discs(size=SIZE)
    run(recipe, domain, weights["sam"], tmp_path)
    out = tmp_path / "dapsam.pth"
    command = ["export", str(tmp_path), "--backbone", str(weights["sam"])]
    assert main([*command, "--out", str(out)]) == 1
    assert main(["export", "absent", *command[2:], "--out", str(out)]) == 1
    assert not out.exists()


@pytest.mark.parametrize("name", TRAINED)
def test_a_trained_method_predicts_the_same_from_its_file(
    name, pack_discs, weights, tmp_path
):
    structures = ("disc",) if name in OF_ONE_STRUCTURE else ("disc", "cup")
    recipe, domain = small(name), pack_discs(size=SIZE, structures=structures)
    backbone = backbone_of(recipe, weights)
    trained, file = run(recipe, domain, backbone, tmp_path)
    assert np.isfinite(trained.history["loss"]).all()

    before = build_method(training_part(recipe), structures, backbone)
    changed = [
        parameter
        for parameter, start in zip(
            trained.method.parameters(), before.parameters(), strict=True
        )
        if not torch.equal(parameter, start)
    ]
    assert changed
    prediction = prediction_part(recipe)
    found = predicted(prediction, domain, weights=file, backbone=backbone)
    assert found.masks.shape == (3, len(structures), SIZE, SIZE)
    loaded = read_method(prediction, file, torch.device("cpu"), backbone)
    count = max(2, recipe["input"]["context"])
    images = 255 * torch.rand(count, 3, SIZE, SIZE)
    masks = torch.from_numpy(domain.structure_masks(np.arange(count)))
    uniform = seeded_uniform([(number,) for number in range(count)])
    prompts = PROMPTS.build(recipe["prompt"], masks=masks, uniform=uniform)
    with torch.inference_mode():
        torch.testing.assert_close(
            loaded.predict(images, prompts),
            trained.method.predict(images, prompts),
            rtol=0,
            atol=0,
        )

    with safe_open(file, framework="pt") as archive:
        kept, metadata = set(archive.keys()), archive.metadata()
    frozen = {n for n, p in trained.method.named_parameters() if not p.requires_grad}
    assert not kept & frozen
    assert metadata.get("backbone_sha256") == (digest(backbone) if backbone else None)


@pytest.mark.parametrize("name", sorted(set(NETWORK_METHODS) - set(TRAINED)))
def test_a_method_that_is_not_trained_needs_its_backbone_only(
    name, pack_discs, weights
):
    recipe, domain = small(name), pack_discs(size=SIZE)
    prediction = prediction_part(recipe)
    backbone = backbone_of(recipe, weights)
    found = predicted(prediction, domain, backbone=backbone)
    assert found.masks.shape == (3, 1, SIZE, SIZE)
    with pytest.raises(InputError, match="no weights"):
        predicted(prediction, domain)


def test_every_network_has_a_recipe():
    used = {FILES[name]["network"]["name"] for name in NETWORK_METHODS}
    here = {name for name in NETWORKS if NETWORKS.environment(name) == "torch"}
    assert used == here


def test_weights_trained_from_another_backbone_are_refused(
    pack_discs, weights, tmp_path
):
    recipe, domain = small("medsam_decoder"), pack_discs(size=SIZE)
    _, file = run(recipe, domain, weights["sam"], tmp_path)
    other = tmp_path / "other.safetensors"
    torch.manual_seed(1)
    save_file(build_sam("nano", SIZE).state_dict(), other)
    prediction = prediction_part(recipe)
    with pytest.raises(InputError, match="sha256"):
        predicted(prediction, domain, weights=file, backbone=other)


def test_two_steps_of_dapsam_have_the_loss_and_rates_of_its_code(
    pack_discs, weights, tmp_path
):
    recipe, domain = small("dapsam"), pack_discs(size=SIZE)
    recipe["training"].update(epochs=2, batch_size=6, augmentation=[])
    recipe["training"]["schedule"].update(warmup_steps=5, horizon_epochs=200)
    trained, _ = run(recipe, domain, weights["sam"], tmp_path)

    # the same by hand: AdamW on all that is trained, base / P in both steps
    make_repeatable(1)
    method = Method(training_part(recipe), ["disc"], weights["sam"])
    network, slices = method.network, SourceSlices([domain], training_part(recipe))
    order = EpochOrder(len(slices), recipe["training"], 1, slices.groups)
    chosen = [p for p in network.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(chosen, lr=5e-4 / 5, weight_decay=0.1)
    losses = []
    for epoch in range(2):
        (chosen_rows,) = list(order.batches(epoch))[:1]
        (batch,) = method.see(slices.batch(chosen_rows))
        p, y = network(batch.images).sigmoid(), batch.targets
        entropy = -(y * p.log() + (1 - y) * (1 - p).log()).mean()
        dice = 1 - (2 * (p * y).sum() + 1) / (p.sum() + y.sum() + 1)
        loss = 0.2 * entropy + 0.8 * dice
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    np.testing.assert_allclose(trained.history["loss"], losses, rtol=1e-5)
    np.testing.assert_allclose(trained.history["learning_rate"], [1e-4, 1e-4])


def test_of_domains_with_a_structure_each_a_slice_asks_for_its_own(weights):
    method = Method(training_part(small("dbsam")), ["disc", "cup"], weights["sam"])
    method.learn_from([["disc"], ["cup"]])
    targets = torch.zeros(2, 2, 8, 8)
    targets[..., 2:6, 2:6] = 1
    annotated = torch.tensor([[True, False], [False, True]])
    batch = Batch(torch.zeros(2, 1, 8, 8, dtype=torch.uint8), targets, annotated)
    assert method.prompts_of(batch).asked.tolist() == [[0], [1]]


def drawn(seed=3, epoch=0, groups=(0,) * 12, **training):
    order = EpochOrder(12, {"batch_size": 4} | training, seed, np.array(groups))
    return np.concatenate(list(order.batches(epoch)))


def test_the_balanced_order_draws_every_domain_as_often():
    groups = np.array([0] * 9 + [1] * 3)
    found = drawn(groups=groups, sampling="balanced")
    assert np.bincount(groups[found]).tolist() == [6, 6]
    assert np.bincount(found[groups[found] == 1]).tolist()[9:] == [2, 2, 2]
    assert len(set(found[groups[found] == 0])) == 6


def test_a_replayed_order_is_the_same_in_every_epoch_and_another_for_another_seed():
    first = drawn(sampling="replayed").tolist()
    assert first == drawn(sampling="replayed", epoch=5).tolist()
    assert first != drawn(sampling="replayed", seed=4).tolist()
    assert first != drawn(epoch=5).tolist()
    assert sorted(first) == list(range(12)) != first


def test_db_sams_schedule_halves_the_first_epoch():
    rate = poly_after_epoch(base=1.0, horizon=30, epoch_steps=10, power=0.9)
    rates = [rate(step) for step in (0, 9, 10, 20)]
    np.testing.assert_allclose(rates, [0.5, 0.5, 1.0, 0.5**0.9])


def test_squared_dice_bce_of_a_known_case():
    logits = torch.zeros(1, 1, 2, 2)  # probability 0.5 everywhere
    targets = torch.tensor([[[[1.0, 1.0], [0.0, 0.0]]]])
    annotated = torch.ones(1, 1, dtype=torch.bool)
    dice = 1 - 2 * 1.0 / (4 * 0.25 + 2)
    loss = SquaredDiceBCE()(logits, targets, annotated)
    assert float(loss) == pytest.approx(dice + np.log(2), rel=1e-4)
    only = SquaredDiceBCE(dice_only=True)(logits, targets, annotated)
    assert float(only) == pytest.approx(dice, rel=1e-4)
    assert float(SquaredDiceBCE()(logits, targets, ~annotated)) == 0


def testprompts_of_many_images_are_decoded_as_the_package_decodes_one():
    torch.manual_seed(0)
    sam = build_sam("nano", SIZE)
    embeddings = torch.randn(3, 64, 4, 4)
    boxes = torch.tensor([[5.0, 6, 30, 40], [0, 0, 64, 64], [20, 20, 21, 50]])
    points = boxes.view(3, 2, 2)
    for prompt in ({"boxes": boxes}, {"points": points}):
        with torch.inference_mode():
            logits, quality = decode_prompts(
                sam.prompt_encoder, sam.mask_decoder, embeddings, **prompt
            )
        for number in range(3):
            row = slice(number, number + 1)
            marked = (points[row], torch.ones(1, 2)) if "points" in prompt else None
            box = boxes[row] if "boxes" in prompt else None
            with torch.inference_mode():
                sparse, dense = sam.prompt_encoder(marked, box, None)
                expected, iou = sam.mask_decoder.predict_masks(
                    image_embeddings=embeddings[row],
                    image_pe=sam.prompt_encoder.get_dense_pe(),
                    sparse_prompt_embeddings=sparse,
                    dense_prompt_embeddings=dense,
                )
            torch.testing.assert_close(logits[row], expected, rtol=1e-5, atol=1e-5)
            torch.testing.assert_close(quality[row], iou, rtol=1e-5, atol=1e-5)


def test_a_frame_pads_slices_that_are_not_square_and_takes_the_padding_off_again():
    frame = Frame(8, "none")
    images = torch.rand(1, 3, 4, 2)
    inside = frame.enter(images)
    assert inside.shape == (1, 3, 8, 8)
    assert (inside[..., 4:] == 0).all() and (inside[..., :4] > 0).all()
    assert frame.scale((4, 2)) == 2
    logits = torch.arange(64.0).view(1, 1, 8, 8)
    assert frame.leave(logits, (8, 4)).tolist() == logits[..., :4].tolist()


def test_bytes_are_kept_and_other_intensities_stretched_to_0_to_255():
    images = torch.tensor([[[[2.0, 4.0], [6.0, 12.0]]]])
    kept = uint8_range(images, photo=True)
    assert kept.shape == (1, 3, 2, 2) and (kept == images).all()
    stretched = uint8_range(images)
    torch.testing.assert_close(stretched[0, 2], torch.tensor([[0.0, 51], [102, 255]]))
    assert (uint8_range(torch.ones(1, 1, 2, 2)) == 0).all()


def test_zscore_works_by_image_and_channel_and_a_constant_channel_becomes_0():
    images = torch.rand(2, 3, 5, 4) * torch.tensor([1.0, 9, 0])[:, None, None] + 7
    found = zscore(images)
    assert (found[:, 2] == 0).all()
    both = found[:, :2]
    zero, one = torch.zeros(2, 2), torch.ones(2, 2)
    torch.testing.assert_close(both.mean((2, 3)), zero, rtol=0, atol=1e-5)
    torch.testing.assert_close(both.std((2, 3), correction=0), one)
    assert zscore(images[:, :1]).shape == (2, 3, 5, 4)


@pytest.mark.parametrize("name", ["dbsam", "desam", "ma_sam", "sam_med2d", "samed"])
def test_an_interrupted_method_ends_with_the_weights_of_an_uninterrupted_one(
    name, pack_discs, weights, tmp_path
):
    """With random layers, algorithms of their own, views and windows."""
    recipe, domain = training_part(small(name)), pack_discs(size=SIZE)
    recipe["training"]["epochs"] = 2

    def go(name, state):
        return train(
            recipe,
            [domain],
            seed=1,
            threads=1,
            resume=state(tmp_path / name, "key"),
            backbone=weights["sam"],
        )

    whole = go("whole.pt", ResumeState).method.trained_state()
    with pytest.raises(Interrupted):
        go("cut.pt", InterruptedState)
    resumed = go("cut.pt", ResumeState)
    assert resumed.resumed_epochs == 1
    for name, tensor in resumed.method.trained_state().items():
        assert torch.equal(tensor, whole[name]), name
