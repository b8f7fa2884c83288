"""Attention against the blocks of the segment-anything package."""

import copy

import pytest
import torch
from torch import nn

from sambench.errors import InputError
from sambench.models.sam import attention, attention_rows
from sambench.models.sam.attention import FORMS, attend
from sambench.models.sam.linear import LIBRARIES
from sambench.models.sam.package import Block

SIZES = {
    "global": (0, (6, 6)),
    "global, not square": (0, (5, 7)),
    "windows that divide": (4, (8, 8)),
    "windows with padding below and right": (4, (6, 7)),
    "window larger than the image": (14, (5, 6)),
}


@pytest.fixture(autouse=True)
def few_rows_a_block(monkeypatch):
    monkeypatch.setattr(attention_rows, "BLOCK_ELEMENTS", 500)


@pytest.fixture(autouse=True, params=LIBRARIES)
def library(request, monkeypatch):
    monkeypatch.setenv("SAMBENCH_LINEAR", request.param)


def make_block(window: int, size: tuple[int, int], seed: int = 0) -> Block:
    torch.manual_seed(seed)
    block = Block(24, 3, use_rel_pos=True, window_size=window, input_size=size)
    for parameter in block.parameters():
        nn.init.normal_(parameter, std=0.5)
    return block


def package_branch(block: Block, tokens: torch.Tensor) -> torch.Tensor:
    block = copy.copy(block)
    block._modules = dict(block._modules, norm1=nn.Identity(), mlp=_Zero())
    return block(tokens) - tokens


class _Zero(nn.Module):
    def forward(self, x):
        return torch.zeros_like(x)


def close(ours: torch.Tensor, theirs: torch.Tensor, tolerance: float = 1e-5) -> bool:
    return (ours - theirs).abs().max() <= tolerance * theirs.abs().max()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("case", SIZES)
def test_equals_the_package_in_values_and_gradients(form, case):
    window, size = SIZES[case]
    block = make_block(window, size)
    tokens = torch.randn(2, *size, 24)
    weight = torch.randn(2, *size, 24)
    results = []
    for branch in (package_branch, lambda b, t: attend(b, t, form)):
        block.zero_grad()
        given = tokens.clone().requires_grad_()
        output = branch(block, given)
        (output * weight).sum().backward()
        trained = {n: p.grad for n, p in block.attn.named_parameters()}
        results.append({"output": output.detach(), "tokens": given.grad, **trained})
    theirs, ours = results
    scale = max(theirs[n].abs().max() for n in theirs if n.endswith("weight"))
    for name in theirs:
        assert theirs[name].abs().max() > 0
        if name == "qkv.bias":  # the part of the keys is zero up to rounding
            assert (ours[name] - theirs[name]).abs().max() <= 1e-5 * scale
        else:
            assert close(ours[name], theirs[name]), name


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("case", SIZES)
def test_equals_the_package_without_gradients(form, case):
    window, size = SIZES[case]
    block = make_block(window, size, seed=1)
    tokens = torch.randn(3, *size, 24)
    with torch.inference_mode():
        assert close(attend(block, tokens, form), package_branch(block, tokens))


@pytest.mark.parametrize("form", FORMS)
def test_position_tables_of_another_size_are_interpolated_as_in_the_package(form):
    block = make_block(0, (4, 4))
    tokens = torch.randn(1, 7, 5, 24)
    with torch.no_grad():
        assert close(attend(block, tokens, form), package_branch(block, tokens))


@pytest.mark.parametrize("form", FORMS)
def test_blocks_without_position_tables_attend_too(form):
    torch.manual_seed(0)
    block = Block(24, 3, use_rel_pos=False, window_size=4)
    tokens = torch.randn(1, 6, 6, 24)
    with torch.no_grad():
        assert close(attend(block, tokens, form), package_branch(block, tokens))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("window", [0, 4])
def test_bfloat16_autocast_stays_near_float32(form, window):
    block = make_block(window, (6, 6))
    for parameter in block.parameters():
        parameter.data *= 0.5
    tokens = torch.randn(2, 6, 6, 24).requires_grad_()
    exact = package_branch(block, tokens)
    (d_exact,) = torch.autograd.grad(exact.square().mean(), tokens)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        ours = attend(block, tokens, form)
    (d_ours,) = torch.autograd.grad(ours.float().square().mean(), tokens)
    assert ours.dtype == torch.bfloat16
    assert close(ours.float(), exact, 0.03)
    assert close(d_ours, d_exact, 0.06)


class _Wrapped(nn.Module):
    """A projection with a low-rank update, as LoRA puts in."""

    def __init__(self, linear: nn.Linear):
        super().__init__()
        self.linear = linear
        self.down = nn.Linear(24, 2, bias=False)
        self.up = nn.Linear(2, 72)

    def forward(self, tokens):
        return self.linear(tokens) + self.up(self.down(tokens))


def test_a_wrapped_projection_fills_padding_with_its_own_answer_to_zero():
    block = make_block(4, (6, 6))
    block.attn.qkv = _Wrapped(block.attn.qkv)
    tokens = torch.randn(1, 6, 6, 24)
    with torch.no_grad():
        assert close(attend(block, tokens), package_branch(block, tokens))


def test_the_environment_variable_chooses_the_form(monkeypatch):
    block = make_block(0, (6, 6))
    tokens = torch.randn(1, 6, 6, 24)
    asked = []
    kernels = {
        name: lambda *a, name=name, kernel=kernel: asked.append(name) or kernel(*a)
        for name, kernel in attention.FORMS.items()
    }
    monkeypatch.setattr(attention, "FORMS", kernels)
    with torch.no_grad():
        attend(block, tokens)
        monkeypatch.setenv("SAMBENCH_ATTENTION", "folded")
        attend(block, tokens)
        attend(block, tokens, "rows")
    assert asked == [attention.choose_form(tokens.device, 36), "folded", "rows"]


def test_an_unknown_form_is_refused():
    with pytest.raises(InputError, match="Did you mean 'rows'"):
        attend(make_block(0, (2, 2)), torch.randn(1, 2, 2, 24), "row")
