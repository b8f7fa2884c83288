"""DB-SAM as a whole: sizes, order of its parts, gradients, fixtures of whole models."""

import math

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from dbsam_fixture import (
    adapted,
    compute,
    make_network,
    segment,
    write_model_fixture,
)
from sambench.errors import InputError
from sambench.models.dbsam.builder import build
from sambench.models.dbsam.presets import PRESETS
from sambench.models.sam.build import build_sam
from sambench.parity.dbsam_weights import model_names
from sambench.parity.errors import relative_error
from sambench.parity.report import parity_report

# Parts that a box prompt and mask logits leave without gradient.
UNUSED = (
    "prompt_encoder.point_embeddings.0",
    "prompt_encoder.point_embeddings.1",
    "prompt_encoder.not_a_point_embed",
    "prompt_encoder.mask_downscaling",
    "mask_decoder.iou_prediction_head",
    "image_encoder.fusion.conv_heads.4",
)


def count(network, trained):
    parameters = network.parameters()
    return sum(p.numel() for p in parameters if p.requires_grad or not trained)


@pytest.mark.parametrize(
    ("preset", "trained", "total"),
    [("dbsam", 64.56, 153.44), ("dbsam_released", 70.99, 159.88)],
)
def test_sizes_at_vit_b_are_the_published_ones(preset, trained, total):
    build_sam("nano", 64)  # tries, once and on a real device, how to multiply matrices
    with torch.device("meta"):
        network = adapted("vit_b", 1024, preset=preset, train_prompt_encoder=True)
    assert round(count(network, trained=True) / 1e6, 2) == trained
    assert round(count(network, trained=False) / 1e6, 2) == total
    frozen = count(network, trained=False) - count(network, trained=True)
    assert frozen == 88_883_456


@pytest.mark.parametrize("preset", PRESETS)
def test_gradient_reaches_what_is_trained_and_nothing_else(preset):
    network = adapted("nano", 128, preset=preset)
    boxes = torch.tensor([[[8.0, 8, 90, 70]]] * 2)
    logits = segment(network, torch.randn(2, 3, 128, 128), boxes)
    assert logits.shape == (2, 1, 32, 32)
    logits.square().mean().backward()
    for name, parameter in network.named_parameters():
        wanted = parameter.requires_grad and not name.startswith(UNUSED)
        assert (parameter.grad is not None) == wanted, name


def test_only_what_the_paper_trains_is_trained():
    network = adapted("nano", 128)
    frozen = {
        name.split(".")[2] if ".vit." in name else name.split(".")[0]
        for name, parameter in network.named_parameters()
        if not parameter.requires_grad
    }
    assert frozen == {"patch_embed", "pos_embed", "blocks", "prompt_encoder"}


@pytest.mark.parametrize("preset", ["dbsam", "dbsam_released", "dbsam_conv_branch"])
def test_network_follows_the_description_step_by_step(preset):
    network = make_network(preset, 128)
    image = torch.randint(0, 256, (1, 3, 128, 128)).byte()
    box = torch.tensor([[[20.0, 30, 90, 100]]])
    expected = compute(network, image, box)["low_res_logits"]
    mean = torch.tensor([123.675, 116.28, 103.53]).view(3, 1, 1)
    std = torch.tensor([58.395, 57.12, 57.375]).view(3, 1, 1)
    with torch.no_grad():
        logits = segment(network, (image.float() - mean) / std, box)
    assert relative_error(logits, expected) < 1e-4


def test_channel_attention_after_the_exchange_is_another_model():
    before = make_network("dbsam", 64)
    after = make_network("dbsam", 64, channel_attention="after")
    after.load_state_dict(before.state_dict())
    image, box = torch.randn(1, 3, 64, 64), torch.tensor([[[8.0, 8, 40, 40]]])
    with torch.no_grad():
        found = [segment(network, image, box) for network in (before, after)]
    assert not torch.allclose(*found)


def test_kept_prefix_gives_the_same_and_has_no_gradient():
    network = make_network("dbsam", 64)
    image, box = torch.randn(1, 3, 64, 64), torch.tensor([[[8.0, 8, 40, 40]]])
    prefix = network.image_encoder.prefix(image)
    assert not prefix.requires_grad
    expected = segment(network, image, box)
    assert torch.equal(segment(network, image, box, prefix), expected)
    assert not torch.equal(segment(network, image, box, prefix + 1), expected)


def test_checkpointing_changes_no_gradient():
    gradients = []
    for checkpointing in (False, True):
        network = make_network("dbsam", 64, checkpointing=checkpointing)
        torch.manual_seed(5)
        network.train()
        boxes = torch.tensor([[[8.0, 8, 40, 40]]])
        logits = segment(network, torch.randn(1, 3, 64, 64), boxes)
        logits.square().mean().backward()
        gradients.append([p.grad for p in network.parameters() if p.grad is not None])
    for plain, recomputed in zip(*gradients, strict=True):
        torch.testing.assert_close(plain, recomputed)


def test_boxes_of_an_image_do_not_see_each_other():
    network = make_network("dbsam", 64)
    images = torch.randn(2, 3, 64, 64)
    boxes = torch.tensor([[[8.0, 8, 40, 40], [2, 3, 20, 60]], [[0, 0, 9, 9]] * 2])
    with torch.no_grad():
        together = segment(network, images, boxes)
        alone = segment(network, images[:1], boxes[:1, 1:])
    assert relative_error(together[0, 1], alone[0, 0]) < 1e-4


def test_names_are_those_of_the_released_code():
    network = make_network("dbsam", 64)
    names = set(map(model_names("DANE3").to_theirs, network.state_dict()))
    adapter = "image_encoder.adapter."
    assert {
        "image_encoder.pos_embed",
        "image_encoder.blocks.3.attn.rel_pos_h",
        "image_encoder.neck.2.weight",
        f"{adapter}level_embed",
        f"{adapter}spatial_prior_module.lcb2.1.conv.weight",
        f"{adapter}spatial_prior_module.lcb2.6.bn.running_var",
        f"{adapter}spatial_prior_module.lcb2.7.conv.weight",
        f"{adapter}spatial_prior_module.lcb2.8.bias",
        f"{adapter}vit_cross_attn_blocks.0.attn.sampling_offsets.weight",
        f"{adapter}vit_cross_attn_blocks.3.ffn_pre_norm.bias",
        f"{adapter}conv_cross_attn_blocks.1.mlp.dwconv.weight",
        f"{adapter}conv_cross_attn_blocks.1.mlp.fc1.bias",
        f"{adapter}vit_conv_blocks.2.se.fc2.weight",
        f"{adapter}conv.bias",
        f"{adapter}norm.weight",
        f"{adapter}aggregation.fc_spatial.2.bias",
        f"{adapter}aggregation.fc_channel.3.weight",
        "prompt_encoder.point_embeddings.2.weight",
        "mask_decoder.mask_tokens.weight",
    } <= names
    assert not [name for name in names if ".vit." in name or "exchange" in name]


@pytest.mark.parametrize(
    ("preset", "size", "changes"),
    [
        ("dbsam", 1024, {}),
        ("dbsam", 128, {"ffn": "mlp", "expansion": 2}),
        ("dbsam", 128, {"fusion": {"name": "DANE3", "hidden": 5}}),
        ("dbsam_conv_branch", 128, {"levels": [2]}),
        ("dbsam_released", 128, {}),
    ],
)
def test_fixture_of_a_whole_model_is_read_and_equal(tmp_path, preset, size, changes):
    path = tmp_path / "model.safetensors"
    write_model_fixture(path, preset, size, **changes)
    rows = parity_report(path)
    assert [row for row in rows if not row.equal] == []
    names = " ".join(row.name for row in rows)
    assert len(rows) == 4 + 2 * 4
    assert "output/stage2_vit (is exchange.2" in names


def rewrite(path, change):
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
    tensors = load_file(path)
    change(tensors)
    save_file(tensors, path, metadata)


def test_output_that_no_map_equals_is_reported_with_the_nearest(tmp_path):
    path = tmp_path / "model.safetensors"
    write_model_fixture(path, "dbsam", 64)

    def change(tensors):
        tensors["output/strange"] = tensors["output/stage1_vit"] * 1.001
        tensors["output/odd"] = torch.zeros(1, 7, 7, 3)

    rewrite(path, change)
    errors = {row.name: row.error for row in parity_report(path) if not row.equal}
    (strange,) = (name for name in errors if "strange" in name)
    assert "nearest is exchange.1" in strange
    assert errors[strange] == pytest.approx(1e-3, rel=0.1)
    assert math.isinf(errors["output/odd (unknown: no map of ours has its shape)"])


@pytest.mark.parametrize("missing", ["box", "output"])
def test_fixture_without_what_is_needed_says_so(tmp_path, missing):
    path = tmp_path / "model.safetensors"
    write_model_fixture(path, "dbsam", 64)

    def change(tensors):
        for name in [name for name in tensors if name.startswith(missing)]:
            del tensors[name]

    rewrite(path, change)
    with pytest.raises(InputError, match=missing):
        parity_report(path)


def test_map_as_tokens_channels_first_is_recognised(tmp_path):
    path = tmp_path / "model.safetensors"
    write_model_fixture(path, "dbsam", 64)

    def change(tensors):
        tokens = tensors["output/stage1_vit"].flatten(1, 2).transpose(1, 2)
        tensors["output/tokens"] = tokens.contiguous()

    rewrite(path, change)
    rows = {row.name.split()[0]: row for row in parity_report(path)}
    assert rows["output/tokens"].equal


def test_changed_weight_changes_the_logits(tmp_path):
    path = tmp_path / "model.safetensors"
    write_model_fixture(path, "dbsam", 64)
    name = "weights/image_encoder.adapter.conv_cross_attn_blocks.3.mlp.fc2.weight"
    rewrite(path, lambda tensors: tensors[name].mul_(1.5))
    different = [row.name for row in parity_report(path) if not row.equal]
    assert "output/low_res_logits" in different


def test_missing_and_superfluous_weights_are_named(tmp_path):
    path = tmp_path / "model.safetensors"
    write_model_fixture(path, "dbsam", 64)

    def change(tensors):
        weight = tensors.pop("weights/image_encoder.adapter.norm.bias")
        tensors["weights/image_encoder.adapter.gamma"] = weight

    rewrite(path, change)
    with pytest.raises(InputError, match=r"norm\.bias.*adapter\.gamma"):
        parity_report(path)


def test_weights_of_sam_reach_their_place(tmp_path):
    state = build_sam("nano", 192).state_dict()
    torch.save(state, tmp_path / "sam.pth")
    network = build(backbone="sam_nano", weights=tmp_path / "sam.pth", image_size=64)
    after = network.sam.state_dict()
    copied = 0
    for name, value in state.items():
        own = after[name.replace("image_encoder.", "image_encoder.vit.")]
        if value.shape == own.shape:  # all but the resized positions
            assert torch.equal(value, own)
            copied += 1
    assert len(state) - copied == 5


def test_weights_of_another_sam_are_refused(tmp_path):
    state = build_sam("nano", 64).state_dict()
    del state["mask_decoder.iou_token.weight"]
    torch.save(state, tmp_path / "sam.pth")
    with pytest.raises(InputError, match="iou_token"):
        build(backbone="sam_nano", weights=tmp_path / "sam.pth", image_size=64)


def test_unknown_preset_lists_the_known_ones():
    with pytest.raises(InputError, match="dbsam_released"):
        adapted("nano", 64, preset="dbsam_relesed")


def test_released_preset_is_always_checkpointed():
    def checkpointing(preset, asked):
        network = adapted("nano", 64, preset=preset, checkpointing=asked)
        return network.image_encoder.checkpointing

    assert checkpointing("dbsam_released", False)
    assert checkpointing("dbsam", True)
    assert not checkpointing("dbsam", False)
