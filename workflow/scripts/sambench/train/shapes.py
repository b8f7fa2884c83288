"""Shapes of what operations give, for those that torch is slow to tell on fake tensors.

Everything is in float32 on the CPU, as `counting.py` has it.
"""

from collections.abc import Callable, Sequence
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
    (
        aten.gelu.default,
        aten.gelu_backward.default,
        aten.leaky_relu.default,
        aten.leaky_relu_backward.default,
        aten.relu.default,
        aten.sigmoid.default,
        aten.sigmoid_backward.default,
        aten.silu.default,
        aten.silu_backward.default,
        aten.threshold_backward.default,
    ),
    lambda x, *_: [*x.shape],
)

# Operations of a step that are called most; all that is asked of them is their shape.
PLAIN = {
    aten._unsafe_view.default,
    aten.add.Tensor,
    aten.add_.Tensor,
    aten.addmm.default,
    aten.bmm.default,
    aten.cat.default,
    aten.clone.default,
    aten.copy_.default,
    aten.detach.default,
    aten.div.Tensor,
    aten.expand.default,
    aten.mean.dim,
    aten.mm.default,
    aten.mul.Scalar,
    aten.mul.Tensor,
    aten.mul_.Tensor,
    aten.permute.default,
    aten.relu_.default,
    aten.select.int,
    aten.silu_.default,
    aten.slice.Tensor,
    aten.split.Tensor,
    aten.squeeze.dim,
    aten.stack.default,
    aten.sub.Tensor,
    aten.sum.dim_IntList,
    aten.t.default,
    aten.transpose.int,
    aten.unbind.int,
    aten.unsqueeze.default,
    aten.view.default,
    aten.zero_.default,
}
