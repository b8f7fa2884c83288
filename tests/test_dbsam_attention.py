"""Deformable attention against what it is by definition."""

import math

import pytest
import torch
from torch.nn import functional

from sambench.models.dbsam.deformable_attention import (
    DeformableAttention,
    pixel_centres,
    sample_points,
)


def scalar_attention(layer, queries, reference, values):
    """Evaluate the definition number by number."""
    batch, length, dim = queries.shape
    heads, points, width = layer.heads, layer.points, dim // layer.heads
    offsets = layer.sampling_offsets(queries).tolist()
    logits = layer.attention_weights(queries)
    logits = logits.view(batch, length, heads, -1).softmax(-1).tolist()
    projected = [layer.value_proj(value).tolist() for value in values]
    summed = torch.zeros(batch, length, dim)
    for b in range(batch):
        for n in range(length):
            for m in range(heads):
                for level, value in enumerate(values):
                    height, columns = value.shape[1:3]
                    for p in range(points):
                        place = (m * len(values) + level) * points + p
                        dx, dy = offsets[b][n][2 * place : 2 * place + 2]
                        x = (float(reference[n, 0]) + dx / columns) * columns - 0.5
                        y = (float(reference[n, 1]) + dy / height) * height - 0.5
                        share = logits[b][n][m][level * points + p]
                        for row in (math.floor(y), math.floor(y) + 1):
                            for column in (math.floor(x), math.floor(x) + 1):
                                if not (0 <= row < height and 0 <= column < columns):
                                    continue
                                near = (1 - abs(y - row)) * (1 - abs(x - column))
                                pixel = projected[level][b][row][column]
                                for c in range(m * width, (m + 1) * width):
                                    summed[b, n, c] += share * near * pixel[c]
    return layer.output_proj(summed)


def test_layer_equals_scalar_loop_also_outside_the_map():
    torch.manual_seed(0)
    layer = DeformableAttention(dim=6, heads=3, levels=2, points=2)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.normal_()
    queries = torch.randn(2, 7, 6)
    reference = torch.rand(7, 2) * 1.4 - 0.2
    values = [torch.randn(2, 5, 4, 6), torch.randn(2, 3, 6, 6)]
    with torch.no_grad():
        expected = scalar_attention(layer, queries, reference, values)
        torch.testing.assert_close(
            layer(queries, reference, values), expected, rtol=1e-4, atol=1e-5
        )


def test_gradients_equal_those_of_grid_sample():
    torch.manual_seed(1)
    batch, height, width, heads, channels, length, points = 2, 6, 5, 3, 4, 9, 4
    value = torch.randn(batch, height, width, heads, channels, requires_grad=True)
    offsets = torch.randn(batch, length, heads, points, 2, requires_grad=True)
    weights = torch.rand(batch, length, heads, points, requires_grad=True)
    reference = torch.rand(length, 2)

    place = reference[:, None, None] + offsets / torch.tensor([width, height])
    grid = (2 * place - 1).transpose(1, 2).flatten(0, 1)
    maps = value.permute(0, 3, 4, 1, 2).flatten(0, 1)
    samples = functional.grid_sample(maps, grid, align_corners=False)
    share = weights.transpose(1, 2).reshape(batch * heads, 1, length, points)
    expected = (samples * share).sum(-1).view(batch, heads * channels, length)
    expected = expected.transpose(1, 2)
    ours = sample_points(value, reference, offsets, weights)
    torch.testing.assert_close(ours, expected, rtol=1e-4, atol=1e-5)

    leaves = (value, offsets, weights)
    of_ours = torch.autograd.grad(ours.square().sum(), leaves)
    of_theirs = torch.autograd.grad(expected.square().sum(), leaves)
    for found, wanted in zip(of_ours, of_theirs, strict=True):
        torch.testing.assert_close(found, wanted, rtol=1e-3, atol=1e-4)


def test_training_starts_with_equal_weights_on_a_ring_per_head():
    layer = DeformableAttention(dim=8, heads=4, levels=2, points=3)
    assert layer.sampling_offsets.weight.abs().max() == 0
    assert layer.attention_weights.weight.abs().max() == 0
    assert layer.attention_weights.bias.abs().max() == 0
    offsets = layer.sampling_offsets.bias.view(4, 2, 3, 2)
    for head, direction in enumerate([(1, 0), (0, 1), (-1, 0), (0, -1)]):
        for level in range(2):
            for point in range(3):
                expected = torch.tensor(direction) * (point + 1.0)
                found = offsets[head, level, point]
                torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)


def test_twelve_heads_start_on_a_square_ring():
    offsets = DeformableAttention(24, 12, 1).sampling_offsets.bias.view(12, 4, 2)
    # 30 degrees: the larger coordinate is 1, the other tan 30
    torch.testing.assert_close(offsets[1, 0], torch.tensor([1, math.tan(math.pi / 6)]))
    assert offsets[:, 0].abs().amax(-1).tolist() == pytest.approx([1] * 12)


def test_untrained_head_reads_the_mean_of_its_ring():
    layer = DeformableAttention(dim=4, heads=4, levels=1, points=4)
    with torch.no_grad():
        for projection in (layer.value_proj, layer.output_proj):
            projection.weight.copy_(torch.eye(4))
    column = torch.arange(16.0).view(1, 1, 16, 1).expand(1, 16, 16, 4)
    reference = torch.tensor([[8.5 / 16, 8.5 / 16]])  # the centre of column 8
    read = layer(torch.zeros(1, 1, 4), reference, [column]).detach()
    # right: 9, 10, 11, 12; down: 8; left: 7, 6, 5, 4; up: 8
    assert read.flatten().tolist() == pytest.approx([10.5, 8, 5.5, 8], abs=1e-4)


def test_sampling_stays_in_float32_under_autocast():
    torch.manual_seed(2)
    arguments = (
        torch.randn(1, 4, 4, 2, 3),
        torch.rand(5, 2),
        torch.randn(1, 5, 2, 4, 2),
        torch.rand(1, 5, 2, 4),
    )
    expected = sample_points(*arguments)
    with torch.autocast("cpu", torch.bfloat16):
        found = sample_points(*arguments)
    assert found.dtype == torch.float32
    assert torch.equal(found, expected)


def test_layer_runs_in_bfloat16_and_keeps_the_dtype():
    layer = DeformableAttention(8, 2, 1).bfloat16()
    queries = torch.randn(1, 4, 8).bfloat16()
    reference = pixel_centres([(2, 2)], queries.device)
    read = layer(queries, reference, [torch.randn(1, 2, 2, 8).bfloat16()])
    assert read.dtype == torch.bfloat16


def test_centres_run_row_by_row_and_map_by_map():
    centres = pixel_centres([(1, 2), (2, 1)], torch.device("cpu"))
    expected = [[0.25, 0.5], [0.75, 0.5], [0.5, 0.25], [0.5, 0.75]]
    assert centres.tolist() == expected
