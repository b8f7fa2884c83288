"""A compiled training step equals the plain one."""

import copy
import shutil

import pytest
import torch
from torch import nn

from sambench.compute.compiled import COMPILERS, compile_network
from sambench.errors import InputError
from sambench.methods.batch import Batch
from sambench.methods.method import build_method
from sambench.train.optimisation import Optimisers, optimiser_options

CPU = torch.device("cpu")


class Two(nn.Module):
    """Two convolutions."""

    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Conv2d(1, 4, 3), nn.Conv2d(4, 1, 3)

    def forward(self, x):
        return self.last(torch.nn.functional.gelu(self.first(x)))


def batch():
    torch.manual_seed(1)
    targets = torch.zeros(2, 1, 32, 32)
    targets[:, :, 8:20, 8:24] = 1
    return Batch(torch.rand(2, 1, 32, 32), targets, torch.ones(2, 1) > 0)


def step(method, training):
    options = optimiser_options(training)
    optimise = Optimisers(method.groups(), options, epochs=1, epoch_steps=1)
    optimise.set_rates(0)
    torch.manual_seed(2)
    return method.update(batch(), optimise)["loss"].detach()


def test_a_traced_step_is_the_plain_one(monkeypatch, small_training):
    monkeypatch.setenv("PATH", "")  # no compiler: the test is of what tracing changes
    training = small_training["training"]
    plain = build_method(small_training, ["disc"]).train()
    compiled = copy.deepcopy(plain)
    assert compile_network(compiled.network, CPU) == "aot_eager"
    names = list(compiled.state_dict())
    losses = step(plain, training), step(compiled, training)
    torch.testing.assert_close(*losses, rtol=1e-4, atol=1e-5)
    assert list(compiled.state_dict()) == names  # weights of runs fit
    # Adam's first step is the gradient's sign times the rate where it is not near 0.
    rate = training["optimiser"]["lr"]
    for name, found in compiled.state_dict().items():
        expected = plain.state_dict()[name]
        difference = (found - expected).abs()
        assert difference.max() <= 2.1 * rate, name
        assert difference.float().median() < 0.01 * rate, name


@pytest.mark.skipif(not any(map(shutil.which, COMPILERS)), reason="no C++ compiler")
def test_compiled_gradients_are_the_plain_ones(monkeypatch, tmp_path):
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))
    torch.manual_seed(0)
    plain = Two()
    compiled = copy.deepcopy(plain)
    assert compile_network(compiled, CPU) == "inductor"
    for network in (plain, compiled):
        network(batch().images).square().mean().backward()
    for one, other in zip(plain.parameters(), compiled.parameters(), strict=True):
        torch.testing.assert_close(other.grad, one.grad, rtol=1e-4, atol=1e-6)
    assert list(tmp_path.rglob("*.cpp"))  # what the compiler was given


def test_graphs_need_cuda(small_training):
    network = build_method(small_training, ["disc"]).network
    with pytest.raises(InputError, match="a GPU with CUDA"):
        compile_network(network, CPU, graphs=True)
