"""The parts of DB-SAM against the outputs and gradients of the released modules."""

import math
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch.nn import functional

from sambench.models.dbsam.channel_attention import ChannelAttention
from sambench.models.dbsam.conv_branch import ConvBranch
from sambench.models.dbsam.cross_attention import CrossAttentionBlock
from sambench.models.dbsam.feed_forward import DropPath, MixFeedForward
from sambench.models.dbsam.fusion import FUSIONS
from sambench.models.sam.renaming import Renaming
from sambench.parity.dbsam_blocks import compare
from sambench.parity.dbsam_weights import CHANNEL_ATTENTION
from sambench.parity.fixture import Fixture
from sambench.parity.report import parity_report

FIXTURE = Path(__file__).parent / "parity" / "dbsam_blocks.safetensors"


@pytest.fixture(scope="module")
def fixture_tensors():
    return load_file(FIXTURE)


def blocks_errors(tensors):
    fixture = Fixture(tensors)
    compare(fixture)
    return {row.name: row.error for row in fixture.rows}


def test_every_block_of_the_fixture_is_equal(fixture_tensors):
    rows = parity_report(FIXTURE)
    sections = ("/output/", "/grad/", "/grad_input/")
    assert len(rows) == sum(
        any(s in name for s in sections) for name in fixture_tensors
    )
    assert [row for row in rows if not row.equal] == []


def test_changed_weight_is_seen(fixture_tensors):
    changed = dict(fixture_tensors)
    name = "fusion_DANE3/weights/fc_channel.3.weight"
    changed[name] = changed[name] * 1.01
    errors = blocks_errors(changed)
    assert errors["fusion_DANE3/output/0"] > 1e-5
    assert errors["fusion_DANE/output/0"] < 1e-5


def test_block_without_counterpart_is_infinitely_far():
    tensors = {
        "novel/weights/gamma": torch.ones(3),
        "novel/input/0": torch.zeros(1, 2, 2, 3),
        "novel/output/0": torch.zeros(1, 2, 2, 3),
    }
    (error,) = blocks_errors(tensors).values()
    assert math.isinf(error)


@pytest.mark.parametrize("squeezed", [8, 16])
def test_squeeze_is_that_of_the_weights(squeezed):
    torch.manual_seed(0)
    reference = ChannelAttention(36, squeezed=squeezed)
    names = Renaming(CHANNEL_ATTENTION)
    x = torch.randn(2, 36, 5, 4)
    tensors = {
        f"block/weights/{names.to_theirs(name)}": tensor
        for name, tensor in reference.state_dict().items()
    }
    tensors["block/input/0"] = x
    output = reference(x.permute(0, 2, 3, 1)).detach().permute(0, 3, 1, 2)
    tensors["block/output/0"] = output
    assert blocks_errors(tensors)["block/output/0"] < 1e-6


def test_block_that_lacks_a_weight_does_not_stop_the_others(fixture_tensors):
    lacking = dict(fixture_tensors)
    del lacking["channel_attention/weights/conv_dw.weight"]
    del lacking["cross_attn_level1/weights/mlp.fc1.weight"]
    errors = blocks_errors(lacking)
    assert sorted(name.split()[0] for name, e in errors.items() if e > 1e-5) == [
        "channel_attention",
        "cross_attn_level1",
    ]


def test_plain_feed_forward_is_recognised(fixture_tensors):
    block = "cross_attn_level1"
    section = f"{block}/"
    tensors = {
        name: tensor
        for name, tensor in fixture_tensors.items()
        if name.startswith(section) and "dwconv" not in name and "/grad" not in name
    }
    weights = {
        name.removeprefix(f"{section}weights/"): tensor.clone().requires_grad_()
        for name, tensor in tensors.items()
        if "/weights/" in name
    }
    queries = [tensors[f"{section}input/0/{n}"] for n in range(3)]
    outputs = plain_block(weights, queries, tensors[f"{section}input/1/0"])
    sum(output.square().mean() for output in outputs).backward()
    for number, output in enumerate(outputs):
        tensors[f"{section}output/{number}"] = output.detach()
    for name, weight in weights.items():
        tensors[f"{section}grad/{name}"] = weight.grad
    errors = blocks_errors(tensors)
    assert len(errors) == 3 + len(weights)
    assert max(errors.values()) < 1e-5


def plain_block(weights, queries, value):
    """Run a cross-attention block by its formulas, with grid_sample."""

    def linear(x, name):
        return functional.linear(x, weights[f"{name}.weight"], weights[f"{name}.bias"])

    def norm(x, name):
        gain, shift = weights[f"{name}.weight"], weights[f"{name}.bias"]
        return functional.layer_norm(x, x.shape[-1:], gain, shift)

    batch, dim, height, width = value.shape
    x = torch.cat([q.flatten(2).transpose(1, 2) for q in queries], 1)
    heads, points, length = 3, 4, x.shape[1]
    asked = norm(x, "query_norm")
    read = norm(value.permute(0, 2, 3, 1), "value_norm")
    read = linear(read, "attn.value_proj").unflatten(-1, (heads, -1))
    read = read.permute(0, 3, 4, 1, 2).flatten(0, 1)
    share = linear(asked, "attn.attention_weights").unflatten(-1, (heads, -1))
    share = share.softmax(-1).transpose(1, 2).flatten(0, 1)
    offsets = linear(asked, "attn.sampling_offsets")
    offsets = offsets.view(batch, length, heads, points, 2)
    rows, columns = torch.meshgrid(
        torch.arange(height), torch.arange(width), indexing="ij"
    )
    centre = torch.stack([(columns + 0.5) / width, (rows + 0.5) / height], -1)
    centre = centre.flatten(0, 1).repeat(len(queries), 1)
    place = centre[None, :, None, None] + offsets / torch.tensor([width, height])
    grid = (2 * place - 1).transpose(1, 2).flatten(0, 1)
    samples = functional.grid_sample(read, grid, align_corners=False)
    attended = (samples * share[:, None]).sum(-1)
    attended = attended.view(batch, dim, length).transpose(1, 2)
    x = x + linear(attended, "attn.output_proj")
    hidden = functional.gelu(linear(norm(x, "ffn_pre_norm"), "mlp.fc1"))
    x = x + linear(hidden, "mlp.fc2")
    parts = x.split(height * width, 1)
    return [part.transpose(1, 2).unflatten(2, (height, width)) for part in parts]


def test_feed_forward_mixes_each_map_by_itself():
    torch.manual_seed(0)
    layer = MixFeedForward(4, 8).eval()
    first, second = torch.randn(1, 6, 4), torch.randn(1, 4, 4)
    together = layer(torch.cat([first, second], 1), [(2, 3), (2, 2)])
    alone = torch.cat([layer(first, [(2, 3)]), layer(second, [(2, 2)])], 1)
    torch.testing.assert_close(together, alone)


@pytest.mark.parametrize(("channels", "squeezed"), [(768, 192), (24, 8), (44, 16)])
def test_squeeze_is_a_quarter_rounded_to_eights(channels, squeezed):
    # 44 / 4 = 11: 8 would be more than a tenth less
    assert ChannelAttention(channels).squeeze.out_channels == squeezed


def test_each_level_has_the_published_size_and_gives_the_grid_of_the_vit():
    with torch.device("meta"):
        branch = ConvBranch(768, [1, 2, 3, 4])
    for stack in branch.levels.values():
        assert sum(p.numel() for p in stack.parameters()) == 2_220_416
    small = ConvBranch(8, [1, 2, 3, 4], widths=(4, 4, 8, 8, 8, 8)).eval()
    shapes = [tuple(each.shape) for each in small(torch.zeros(1, 3, 64, 64))]
    assert shapes == [(1, 4, 4, 8)] * 4


def test_level_two_reads_the_middle_of_each_four_by_four_pixels():
    branch = ConvBranch(8, [2], widths=(4, 4, 8, 8, 8, 8)).eval()
    image = torch.randn(1, 3, 32, 32)
    ring = torch.ones(4, 4)
    ring[1:3, 1:3] = 0
    changed = image + 10 * ring.repeat(8, 8)
    torch.testing.assert_close(branch(image)[0], branch(changed)[0])


def test_parameterless_fusions():
    vit, conv = torch.randn(1, 2, 2, 3), torch.randn(1, 2, 2, 3)
    assert torch.equal(FUSIONS["Add"](3)(vit, [conv]), vit + conv)
    assert torch.equal(FUSIONS["Select"](3)(vit, [conv]), vit)
    assert torch.equal(FUSIONS["Select"](3, branch="conv")(vit, [conv]), conv)


def test_drop_path_keeps_the_expectation_and_drops_whole_samples():
    torch.manual_seed(0)
    drop = DropPath(0.25)
    kept = drop(torch.ones(1000, 2, 3))
    values = kept.flatten(1)
    assert torch.equal(values.amin(1), values.amax(1))
    assert values.unique().tolist() == [0, pytest.approx(4 / 3)]
    assert float(kept.mean()) == pytest.approx(1, abs=0.1)
    assert torch.equal(drop.eval()(kept), kept)


def test_block_has_the_published_number_of_parameters():
    with torch.device("meta"):
        block = CrossAttentionBlock(768, 12, 1)
    # 48.40 M in eight blocks: facts of the reference
    assert sum(p.numel() for p in block.parameters()) == pytest.approx(48.40e6 / 8, 5e3)
