"""LiteMedSAM's encoder; with its weights at SAMBENCH_LITE_MEDSAM, on them too."""

import os
from pathlib import Path

import pytest
import torch
from torch import nn

from sambench.models.sam.backbones import BACKBONES
from sambench.models.sam.positions import load_sam_weights
from sambench.models.sam.tiny_vit import (
    _AttentionBlock,
    _WindowAttention,
    build_lite_medsam,
)
from sambench.weights.reading import read_state_dict

WEIGHTS = Path(
    os.environ.get("SAMBENCH_LITE_MEDSAM", "results/weights/lite_medsam.pth")
)


def test_it_has_the_published_tensors_and_sizes():
    with torch.device("meta"):
        sam = build_lite_medsam()
    state = sam.state_dict()
    assert len(state) == 435
    assert sum(tensor.numel() for tensor in state.values()) == 9_801_439
    images = torch.empty(1, 3, 256, 256, device="meta")
    assert sam.image_encoder(images).shape == (1, 256, 64, 64)


@pytest.mark.skipif(not WEIGHTS.exists(), reason="set SAMBENCH_LITE_MEDSAM")
def test_the_published_weights_load_strictly():
    state = read_state_dict(WEIGHTS, BACKBONES["lite_medsam"].published)
    load_sam_weights(build_lite_medsam(), state)


def test_window_attention_by_its_definition():
    torch.manual_seed(0)
    attention = _WindowAttention(8, 2, 3)
    for parameter in attention.parameters():
        nn.init.normal_(parameter, std=0.5)
    tokens = torch.randn(1, 3, 4, 8)
    padded = torch.zeros(1, 3, 6, 8)
    padded[:, :, :4] = tokens
    expected = []
    for start in (0, 3):
        window = attention.norm(padded[0, :, start : start + 3]).reshape(9, 8)
        qkv = attention.qkv(window).view(9, 2, 12)
        for_heads = []
        for head in range(2):
            q, k, v = qkv[:, head].split(4, dim=1)
            logits = q @ k.T / 2
            for i in range(9):
                for j in range(9):
                    apart = abs(i // 3 - j // 3) * 3 + abs(i % 3 - j % 3)
                    logits[i, j] += attention.attention_biases[head, apart]
            for_heads.append(logits.softmax(1) @ v)
        expected.append(attention.proj(torch.cat(for_heads, 1)).view(3, 3, 8))
    expected = torch.cat(expected, 1)[:, :4]
    assert torch.allclose(attention(tokens)[0], expected, atol=1e-5)


def test_a_block_keeps_the_shape_and_learns():
    block = _AttentionBlock(8, 2, 3)
    image = torch.randn(2, 8, 4, 5, requires_grad=True)
    output = block(image)
    output.sum().backward()
    assert output.shape == image.shape
    assert block.attn.attention_biases.grad.abs().max() > 0
