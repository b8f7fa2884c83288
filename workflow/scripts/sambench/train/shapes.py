"""Shapes of what operations give, for those that torch is slow to tell on fake tensors.

Everything is in float32 on the CPU, as `counting.py` has it.
"""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

import torch
from torch import Tensor

aten = torch.ops.aten


def _layer_norm(x: Tensor, over: Sequence[int], *_: Any) -> tuple[list[int], ...]:
    kept = [*x.shape[: -len(over)], *(1 for _ in over)]
    return [*x.shape], kept, kept


def _asked(mask: Sequence[bool], *tensors: Tensor) -> tuple[list[int] | None, ...]:
    pairs = zip(tensors, mask, strict=True)
    return tuple([*tensor.shape] if wanted else None for tensor, wanted in pairs)


def _operations(names: str) -> set[Any]:
    """Find operations of torch by name, such as ``"add.Tensor mm.default"``."""
    return {attrgetter(name)(aten) for name in names.split()}


# Operations that torch knows the shapes of through Python only, a millisecond each.
SHAPES: dict[Any, Callable[..., Any]] = {
    torch.ops.mkldnn._linear_pointwise.default: (
        lambda x, weight, *_: [*x.shape[:-1], len(weight)]
    ),
    aten.native_layer_norm.default: _layer_norm,
    aten.native_layer_norm_backward.default: (
        lambda gradient, x, over, mean, scale, weight, bias, mask: _asked(
            mask, x, weight, bias
        )
    ),
    aten.native_batch_norm.default: (
        lambda x, *_: ([*x.shape], [x.shape[1]], [x.shape[1]])
    ),
    aten.native_batch_norm_backward.default: (
        lambda gradient, x, weight, *rest: _asked(rest[-1], x, weight, weight)
    ),
} | dict.fromkeys(
    _operations(
        """
        gelu.default gelu_backward.default leaky_relu.default
        leaky_relu_backward.default relu.default sigmoid.default
        sigmoid_backward.default silu.default silu_backward.default
        threshold_backward.default
        """
    ),
    lambda x, *_: [*x.shape],
)

# Operations of a step that are called most; all that is asked of them is their shape.
PLAIN = _operations(
    """
    _unsafe_view.default add.Tensor add_.Tensor addmm.default bmm.default
    cat.default clone.default copy_.default detach.default div.Tensor expand.default
    mean.dim mm.default mul.Scalar mul.Tensor mul_.Tensor permute.default
    relu_.default select.int silu_.default slice.Tensor split.Tensor squeeze.dim
    stack.default sub.Tensor sum.dim_IntList t.default transpose.int unbind.int
    unsqueeze.default view.default zero_.default
    """
)
