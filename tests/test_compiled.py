"""A compiled training step equals the plain one."""

import copy

import torch

from sambench.compute.compiled import compile_network
from sambench.methods.batch import Batch
from sambench.methods.method import build_method
from sambench.train.optimisation import Optimisers, optimiser_options

CPU = torch.device("cpu")


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
    names = list(compiled.state_dict())
    assert compile_network(compiled.network, CPU) == "aot_eager"
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
