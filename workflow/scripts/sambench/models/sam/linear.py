"""Linear layers by oneDNN where torch's own choice on CPUs is the slower one.

In float32 torch multiplies matrices with MKL. On AMD processors MKL leaves AVX-512
unused: on a Zen 5 core it reached 105 GFLOP/s in every shape of ViT-B, oneDNN, which
torch contains too, 200 to 240, in all three products of a layer (output, gradient of
the input, gradient of the weight). Both are float32 arithmetic; sums differ in order.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx, once_differentiable
from torch.nn import functional

VARIABLE = "SAMBENCH_LINEAR"
LIBRARIES = ("onednn", "torch")
_within: str | None = None


class CpuLinear(nn.Linear):
    """A linear layer that calls oneDNN for float32 on the CPU.

    Values, gradients, parameters and names are those of `nn.Linear`.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Map `(..., in)` to `(..., out)`."""
        return linear(x, self.weight, self.bias)


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Compute ``x weight^T + bias`` by the library that suits the machine.

    Parameters
    ----------
    x : Tensor, `(..., K)`
    weight : Tensor, `(N, K)`
    bias : Tensor, `(N,)`, optional

    Returns
    -------
    Tensor, `(..., N)`
    """
    if not _suits(x, weight) or torch.is_autocast_enabled("cpu"):
        return functional.linear(x, weight, bias)
    flat = _Product.apply(x.reshape(-1, x.shape[-1]), weight, bias)
    return flat.view(*x.shape[:-1], -1)


def products(left: Tensor, right: Tensor) -> Tensor:
    """Compute ``left[i] right[i]^T`` for each i, without recording gradients.

    `(n, M, K)` and `(n, N, K)` give `(n, M, N)`, contiguous.
    """
    if not _suits(left, right):
        return torch.bmm(left, right.transpose(1, 2))
    pairs = zip(left.unbind(), right.unbind(), strict=True)
    found = [_multiply(*pair) for pair in pairs]
    return found[0][None] if len(found) == 1 else torch.stack(found)


def _suits(left: Tensor, right: Tensor) -> bool:
    return (
        left.device.type == "cpu"
        and left.dtype == right.dtype == torch.float32
        and prefers_onednn()
    )


def speed_up_linear_layers(module: nn.Module) -> None:
    """Turn the linear layers of a network into `CpuLinear`, if this CPU gains by it.

    Parameters
    ----------
    module : nn.Module
        Changed in place; layers of derived classes are left alone.
    """
    if not prefers_onednn():
        return
    for layer in module.modules():
        if type(layer) is nn.Linear:
            layer.__class__ = CpuLinear


@contextmanager
def multiplied_by(library: str) -> Iterator[None]:
    """Use ``"onednn"`` or ``"torch"`` within a block, for networks built in it, too."""
    global _within
    before, _within = _within, library
    try:
        yield
    finally:
        _within = before


def prefers_onednn() -> bool:
    """Whether this machine should use oneDNN: an AMD processor with AVX-512.

    The environment variable SAMBENCH_LINEAR (``onednn`` or ``torch``) overrides it.
    What is compiled is left to the compiler.
    """
    if torch.compiler.is_compiling():
        return False
    if not _has_product():
        return False
    asked = _within or os.environ.get(VARIABLE)
    if asked in LIBRARIES:
        return asked == "onednn"
    return _is_amd() and torch.backends.cpu.get_cpu_capability() == "AVX512"


@cache
def _has_product() -> bool:
    """Whether torch has the operation, which is internal, and it works."""
    if not torch.backends.mkldnn.is_available():
        return False
    with torch.device("cpu"):  # a network may be built on another
        twos, ones, bias = torch.full((2, 3), 2.0), torch.ones(4, 3), torch.ones(4)
        sevens = torch.full((2, 4), 7.0)
    try:
        found = _multiply(twos, ones, bias)
    except (AttributeError, RuntimeError):
        return False
    return torch.equal(found, sevens)


@cache
def _is_amd() -> bool:
    information = Path("/proc/cpuinfo")
    return information.exists() and "AuthenticAMD" in information.read_text()


def _multiply(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    x, weight = _dense(x), _dense(weight)
    return torch.ops.mkldnn._linear_pointwise(x, weight, bias, "none", [], "")


def _dense(matrix: Tensor) -> Tensor:
    """Close the gaps between rows: oneDNN is 100 times slower with them."""
    if matrix.is_contiguous() or matrix.t().is_contiguous():
        return matrix
    return matrix.contiguous()


class _Product(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: FunctionCtx, x: Tensor, weight: Tensor, bias: Tensor | None
    ) -> Tensor:
        ctx.save_for_backward(x if weight.requires_grad else None, weight)
        return _multiply(x, weight, bias)

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, gradient: Tensor) -> tuple[Tensor | None, ...]:
        x, weight = ctx.saved_tensors
        for_x, for_weight, for_bias = ctx.needs_input_grad
        gradient = gradient.contiguous()
        return (
            _multiply(gradient, weight.t()) if for_x else None,
            _multiply(gradient.t(), x.t()) if for_weight else None,
            gradient.sum(0) if for_bias else None,
        )
