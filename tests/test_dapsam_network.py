"""The DAPSAM network: sizes, names, weights, variants."""

import re
from dataclasses import replace

import pytest
import torch

from sambench.errors import InputError
from sambench.models.dapsam.builder import NAMES, load_published, load_sam
from sambench.models.dapsam.network import VARIANTS, Dapsam
from sambench.models.sam.bottleneck import Bottleneck
from sambench.models.sam.build import SIZES, SamSize, build_sam
from sambench.models.sam.encoder import scrambled

TINY = SamSize(16, 2, 2, (1,), window=3, channels=32, decoder_heads=2, decoder_mlp=16)


def build_tiny(variant="released", structures=1, **more):
    torch.manual_seed(0)
    return Dapsam(TINY, 64, structures, variant, **more)


@pytest.mark.parametrize(
    ("structures", "image_size", "tensors", "trainable", "total"),
    [(1, 384, 381, 11_526_017, 98_452_609), (2, 512, 387, 11_666_338, 98_945_186)],
)
def test_vit_b_has_the_published_tensors_and_parameters(
    structures, image_size, tensors, trainable, total
):
    with torch.device("meta"):
        network = Dapsam(SIZES["vit_b"], image_size, structures)
    assert len(NAMES.state_to_theirs(network.state_dict())) == tensors
    parameters = list(network.parameters())
    assert sum(p.numel() for p in parameters) == total
    assert sum(p.numel() for p in parameters if p.requires_grad) == trainable


def test_names_translate_there_and_back():
    state = build_tiny(structures=2).state_dict()
    published = NAMES.state_to_theirs(state)
    assert published.keys() != state.keys()
    assert list(NAMES.state_to_ours(published)) == list(state)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (
            "image_encoder.low_level.bias",
            "image_encoder.l_adapter.embedding_generator.bias",
        ),
        (
            "image_encoder.before.11.up.weight",
            "image_encoder.l_adapter.lightweight_mlp_11.2.weight",
        ),
        (
            "image_encoder.parallel.3.down.bias",
            "image_encoder.blocks.3.channel_adapter.D_fc1.bias",
        ),
        ("prompt_generator.memory", "prompt_generator.memory_bank.weight"),
        ("mask_decoder.iou_token.weight", "mask_decoder.iou_token.weight"),
    ],
)
def test_names_of_the_published_code(ours, theirs):
    assert NAMES.to_theirs(ours) == theirs
    assert list(NAMES.state_to_ours({theirs: torch.zeros(1)})) == [ours]


def test_names_of_the_release_tag_with_prefix_load_strictly():
    network = build_tiny()
    old = {}
    for name, tensor in NAMES.state_to_theirs(network.state_dict()).items():
        name = name.replace(
            "image_encoder.l_adapter.", "image_encoder.prompt_generator."
        )
        name = re.sub(
            r"(blocks\.\d+)\.channel_adapter", r"\1.Channel_MLP_Adapter", name
        )
        old[f"module.{name}"] = tensor
    assert any("Channel_MLP_Adapter" in name for name in old)
    other = build_tiny()
    torch.nn.init.zeros_(other.prompt_generator.memory)
    load_published(other, old)
    assert torch.equal(other.prompt_generator.memory, network.prompt_generator.memory)
    with pytest.raises(InputError, match="the DAPSAM weights"):
        load_published(build_tiny(structures=2), old)


def test_sam_gives_hypernetworks_but_not_mask_tokens_nor_positions():
    torch.manual_seed(1)
    state = build_sam(TINY, image_size=128).state_dict()
    network = build_tiny()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    copied = load_sam(network, state)
    after = network.state_dict()
    head = "mask_decoder.iou_prediction_head.layers"
    for name in (
        "mask_decoder.output_hypernetworks_mlps.0.layers.2.weight",
        f"{head}.1.weight",
        "mask_decoder.iou_token.weight",
        "image_encoder.blocks.0.attn.rel_pos_h",
    ):
        assert torch.equal(after[name], state[name]), name
        assert name in copied
    for name in (
        "mask_decoder.mask_tokens.weight",
        f"{head}.2.weight",
        "prompt_generator.position.positional_encoding_gaussian_matrix",
        "image_encoder.parallel.0.up.weight",
    ):
        assert torch.equal(after[name], before[name]), name
        assert name not in copied


def test_sam_weights_of_another_backbone_are_refused():
    other = replace(TINY, embed_dim=32)
    with pytest.raises(InputError, match=r"of another shape \(image_encoder"):
        load_sam(build_tiny(), build_sam(other, image_size=64).state_dict())


def test_only_adapters_prompt_and_decoder_train():
    network = build_tiny()
    network(torch.randn(2, 3, 64, 64)).sum().backward()
    trained = {n for n, p in network.named_parameters() if p.grad is not None}
    parts = {".".join(name.split(".")[:2]) for name in trained}
    assert {part for part in parts if part.startswith("image_encoder")} == {
        "image_encoder.before",
        "image_encoder.parallel",
        "image_encoder.low_level",
    }
    assert not any("iou_prediction_head" in name for name in trained)
    assert "prompt_generator.memory" in trained


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_segments_and_its_adapters_learn(variant):
    network = build_tiny(variant, structures=2)
    logits = network(torch.randn(2, 3, 64, 64))
    assert logits.shape == (2, 2, 64, 64)
    logits.square().sum().backward()
    assert network.image_encoder.parallel[0].up.weight.grad.abs().max() > 0
    has_prototype = hasattr(network.prompt_generator, "memory")
    assert has_prototype == (variant in ("released", "as_written"))
    assert (network.image_encoder.low_level is None) == (variant == "baseline")


def test_batches_do_not_change_the_logits_of_an_image():
    network = build_tiny()
    images = torch.randn(3, 3, 64, 64)
    with torch.no_grad():
        together, alone = network(images), network(images[1:2])
    assert torch.allclose(together[1:2], alone, atol=1e-5)


def test_checkpointing_changes_no_gradient():
    images = torch.randn(1, 3, 64, 64)
    gradients = []
    for checkpointing in (False, True):
        network = build_tiny(checkpointing=checkpointing)
        network(images).sum().backward()
        gradients.append(network.image_encoder.low_level.weight.grad)
    assert torch.allclose(*gradients, atol=1e-6)


def test_an_unknown_variant_is_refused():
    with pytest.raises(InputError, match="Did you mean 'low_level'"):
        build_tiny("lowlevel")


def test_the_published_low_level_tokens_are_memory_read_as_channels_first():
    tokens = torch.arange(8.0).view(1, 2, 2, 2)  # four tokens of two channels
    mixed = scrambled(tokens)
    # token p has values p and p + 4 of the row-major memory
    assert mixed.view(4, 2).tolist() == [[0, 4], [1, 5], [2, 6], [3, 7]]


@pytest.mark.parametrize(
    ("gate", "axes"), [("column", (1, 3)), ("channel", (1, 2)), ("none", None)]
)
def test_gates_by_formula(gate, axes):
    torch.manual_seed(0)
    adapter = Bottleneck(6, 3, gate)
    x = torch.randn(2, 4, 5, 6)
    gated = x
    if axes:
        openness = x.amax(axes, keepdim=True) + x.mean(axes, keepdim=True)
        gated = x * openness.sigmoid()
    expected = adapter.up(torch.nn.functional.gelu(adapter.down(gated)))
    assert torch.allclose(adapter(x), expected, atol=1e-6)
