"""Weights that are cast together give the same numbers as cast one by one."""

import copy

import pytest
import torch
from torch import nn

from sambench.compute.cast_weights import cast_weights_together
from sambench.models.full_precision import full_precision


class Mixed(nn.Module):
    """A network with a frozen layer, one in full precision, one that is used twice."""

    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv2d(3, 4, 3)
        self.frozen = nn.Linear(4, 4).requires_grad_(False)
        self.exact = nn.Linear(4, 4)
        self.twice = nn.Linear(4, 4)
        self.unused = nn.Linear(4, 4)

    def forward(self, x):
        x = self.convolution(x).mean((2, 3))
        x = self.twice(self.frozen(x))
        with full_precision(x.device):
            x = self.exact(x.float())
            assert self.exact.weight.dtype == torch.float32
        return self.twice(x)


def learned(network, passes=3):
    """Return the gradients and the weights after a few steps in bfloat16."""
    optimiser = torch.optim.SGD([p for p in network.parameters() if p.requires_grad], 1)
    for step in range(passes):
        torch.manual_seed(step)
        images = torch.randn(2, 3, 8, 8)
        optimiser.zero_grad()
        with torch.autocast("cpu", torch.bfloat16):
            loss = network(images).float().square().mean()
        loss.backward()
        optimiser.step()
    return [(name, p.detach(), p.grad) for name, p in network.named_parameters()]


def test_steps_are_equal_to_the_last_bit():
    torch.manual_seed(0)
    plain = Mixed()
    together = copy.deepcopy(plain)
    cast_weights_together(together)
    for (name, one, slope), (_, other, own) in zip(
        learned(plain), learned(together), strict=True
    ):
        assert torch.equal(one, other), name
        assert (slope is None) == (own is None), name
        assert slope is None or torch.equal(slope, own), name


def test_weights_are_halves_within_a_pass_only():
    network = Mixed()
    cast_weights_together(network)
    seen = []
    network.twice.register_forward_pre_hook(
        lambda module, _: seen.append((module.weight.dtype, len(seen)))
    )
    learned(network, passes=2)
    kinds = [kind for kind, _ in seen]
    assert kinds == [torch.float32] * 2 + [torch.bfloat16] * 2  # the first listens
    assert {type(p) for p in network.parameters()} == {nn.Parameter}
    network.eval()
    with torch.autocast("cpu", torch.bfloat16):
        network(torch.randn(1, 3, 8, 8))
    assert seen[-1][0] == torch.float32


def test_a_frozen_weight_that_changes_is_cast_anew():
    network = Mixed()
    cast_weights_together(network)
    learned(network, passes=2)
    with torch.no_grad():
        network.frozen.weight.zero_()
        network.frozen.bias.zero_()
    plain = copy.deepcopy(network)
    plain._forward_pre_hooks.clear()
    plain._forward_hooks.clear()
    images = torch.randn(2, 3, 8, 8)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(network(images), plain(images))


def test_a_pass_that_fails_gives_the_weights_back():
    network = Mixed()
    cast_weights_together(network)
    learned(network, passes=2)
    with pytest.raises(RuntimeError), torch.autocast("cpu", torch.bfloat16):
        network(torch.randn(1, 5, 8, 8))
    assert {type(p) for p in network.parameters()} == {nn.Parameter}
