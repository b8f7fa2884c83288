"""Attention for counting: it keeps and allocates what a fused kernel does.

On tensors without numbers the loop over blocks of `attention_rows.py` would take
hundreds of operations a layer, which cost time and tell nothing.
"""

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import Function, FunctionCtx, once_differentiable

_FORWARD = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu
_BACKWARD = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu_backward


class CountedAttention(Function):
    """Stand in for `attend_in_rows`: the same tensors are kept for the gradient."""

    @staticmethod
    def forward(
        ctx: FunctionCtx,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        row_term: Tensor,
        column_term: Tensor,
    ) -> Tensor:
        """Return the attended values `(G, heads, N, C)`, without numbers."""
        attended, sums = _FORWARD(query, key, value)
        ctx.save_for_backward(query, key, value, row_term, column_term, sums)
        return attended

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, gradient: Tensor) -> tuple[Any, ...]:
        """Return gradients, without numbers."""
        *saved, row_term, column_term, sums = ctx.saved_tensors
        found = _BACKWARD(gradient, *saved, gradient, sums, 0.0, False)
        return *found, torch.empty_like(row_term), torch.empty_like(column_term)
