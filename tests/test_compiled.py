"""A compiled network is the plain one."""

import copy
import shutil

import pytest
import torch
from torch import nn
from torch._dynamo.utils import counters

from sambench.compute.compiled import COMPILERS, compile_network
from sambench.errors import InputError
from sambench.methods.method import build_method
from sambench.models.sam.automatic import SoftmaxSam
from sambench.models.sam.build import SIZES, build_sam
from sambench.models.sam.frame import Frame
from sambench.models.samed import adapt
from sambench.models.unet import UNet

CPU = torch.device("cpu")


def assert_equal_passes(plain: nn.Module, backend: str) -> None:
    """Compile a copy of a network; outputs and gradients agree, in one graph."""
    images = torch.rand(2, 3, 32, 32)
    compiled = copy.deepcopy(plain)
    assert compile_network(compiled, CPU) == backend
    counters.clear()
    expected, found = plain(images), compiled(images)
    assert not counters["graph_break"]
    assert list(compiled.state_dict()) == list(
        plain.state_dict()
    )  # weights of runs fit
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)
    for logits in (expected, found):
        logits.square().mean().backward()
    for one, other in zip(plain.parameters(), compiled.parameters(), strict=True):
        torch.testing.assert_close(other.grad, one.grad, rtol=1e-3, atol=1e-4)


@pytest.mark.skipif(not any(map(shutil.which, COMPILERS)), reason="no C++ compiler")
def test_a_compiled_u_net_is_the_plain_one(monkeypatch, tmp_path):
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))
    torch.manual_seed(0)
    assert_equal_passes(UNet(features=[4, 4], structures=1), "inductor")
    assert list(tmp_path.rglob("*.cpp"))  # what the compiler was given


def test_a_traced_sam_is_the_plain_one(monkeypatch):
    monkeypatch.setenv("PATH", "")  # no compiler: the test is of what tracing changes
    torch.manual_seed(0)
    sam = build_sam("nano", 32)
    adapt(sam, SIZES["nano"], n_masks=2, rank=2)
    for block in sam.image_encoder.blocks:
        nn.init.normal_(block.attn.qkv.up_q.weight, std=0.1)
    assert_equal_passes(SoftmaxSam(sam, Frame(32, "unit")).train(), "aot_eager")


def test_graphs_need_cuda(small_training):
    network = build_method(small_training, ["disc"]).network
    with pytest.raises(InputError, match="a GPU with CUDA"):
        compile_network(network, CPU, graphs=True)
