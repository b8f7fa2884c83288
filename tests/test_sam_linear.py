"""Linear layers by oneDNN against torch's."""

import pytest
import torch
from torch import nn

from sambench.models.sam import linear as module
from sambench.models.sam.linear import (
    CpuLinear,
    multiplied_by,
    prefers_onednn,
    products,
    speed_up_linear_layers,
)

needs_onednn = pytest.mark.skipif(
    not module._has_product(), reason="this torch has no oneDNN product"
)


@pytest.fixture
def onednn(monkeypatch):
    monkeypatch.setenv("SAMBENCH_LINEAR", "onednn")


@needs_onednn
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(7, 5), (2, 3, 4, 5)])
def test_values_and_gradients_equal_torch(onednn, shape, bias):
    torch.manual_seed(0)
    layer = nn.Linear(5, 6, bias=bias)
    x = torch.randn(shape)
    results = []
    for _ in range(2):
        layer.zero_grad()
        given = x.clone().requires_grad_()
        layer(given).sin().sum().backward()
        results.append([given.grad, *(p.grad.clone() for p in layer.parameters())])
        speed_up_linear_layers(layer)
    assert type(layer) is CpuLinear
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(*results, strict=True))


@needs_onednn
def test_frozen_weights_get_no_gradient_and_pass_it_on(onednn):
    layer = nn.Linear(5, 6).requires_grad_(False)
    speed_up_linear_layers(layer)
    x = torch.randn(3, 5, requires_grad=True)
    layer(x).sum().backward()
    assert layer.weight.grad is None
    assert torch.allclose(x.grad, layer.weight.sum(0).expand(3, -1), atol=1e-6)


@needs_onednn
def test_products_take_matrices_with_gaps_between_rows(onednn):
    left = torch.randn(2, 4, 10)[..., :3]
    right = torch.randn(2, 3, 12)[..., :5].transpose(1, 2)
    expected = left @ right.transpose(1, 2)
    assert torch.allclose(products(left, right), expected, atol=1e-6)


@needs_onednn
def test_under_autocast_the_layer_computes_in_bfloat16(onednn):
    layer = nn.Linear(5, 6)
    speed_up_linear_layers(layer)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert layer(torch.randn(3, 5)).dtype == torch.bfloat16


def test_the_environment_variable_turns_it_off(monkeypatch):
    monkeypatch.setenv("SAMBENCH_LINEAR", "torch")
    layer = nn.Linear(5, 6)
    speed_up_linear_layers(layer)
    assert type(layer) is nn.Linear


def test_state_dicts_are_those_of_plain_layers(onednn):
    layer = nn.Linear(5, 6)
    names = list(layer.state_dict())
    speed_up_linear_layers(layer)
    assert list(layer.state_dict()) == names


@needs_onednn
def test_the_library_can_be_chosen_for_a_block_of_code(onednn):
    assert prefers_onednn()
    with multiplied_by("torch"):
        assert not prefers_onednn()
    assert prefers_onednn()
