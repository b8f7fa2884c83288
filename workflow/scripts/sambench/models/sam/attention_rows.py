"""Attention with a decomposed bias in blocks of heads and query rows.

The logits of a block are computed, used and dropped; the gradient computes them again
instead of keeping the softmax. Memory is then linear in the number of tokens, and a
block stays in the processor's cache.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import Function, FunctionCtx, once_differentiable

from sambench.models.full_precision import full_precision
from sambench.models.sam.linear import products

# Logits of one block, 4 MB in float32: a head of 1024 tokens, or 256 rows of 4096.
BLOCK_ELEMENTS = 2**20
_FLASH = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu
_FLASH_BACKWARD = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu_backward
_counting = False


def attend_in_rows(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    row_term: Tensor,
    column_term: Tensor,
    scale: float,
) -> Tensor:
    """Compute ``softmax(scale * q k^T + bias) v`` without the whole bias.

    Parameters
    ----------
    query, key, value : Tensor, `(G, heads, N, C)`
        N = H * W tokens, row-major.
    row_term : Tensor, `(G, heads, N, H)`
        What the bias of query i gains for keys in image row y.
    column_term : Tensor, `(G, heads, N, W)`
        The same for image columns.
    scale : float
        Factor of the dot products.

    Returns
    -------
    Tensor, `(G, heads, N, C)`
    """
    terms = (t.contiguous() for t in (query, key, value, row_term, column_term))
    if _counting:
        return _CountedAttention.apply(*terms)
    return _AttendInRows.apply(*terms, scale)


@contextmanager
def counted_attention() -> Iterator[None]:
    """Let attention keep and allocate what it does, without numbers, within a block.

    On tensors without numbers the loop over blocks would take hundreds of operations a
    layer, which cost time and tell nothing.
    """
    global _counting
    before, _counting = _counting, True
    try:
        yield
    finally:
        _counting = before


def _blocks(shape: torch.Size) -> Iterator[tuple[int, slice, slice]]:
    """Yield group, heads and query rows of blocks of at most BLOCK_ELEMENTS logits."""
    groups, heads, tokens, _ = shape
    together = max(1, BLOCK_ELEMENTS // (tokens * tokens))
    n_rows = max(1, min(tokens, BLOCK_ELEMENTS // tokens))
    for group in range(groups):
        for head in range(0, heads, together):
            for row in range(0, tokens, n_rows):
                yield group, slice(head, head + together), slice(row, row + n_rows)


def _softmax(scaled: Tensor, key: Tensor, row_term: Tensor, column_term: Tensor):
    """Return the attention weights `(heads, rows, N)` of a block."""
    logits = products(scaled, key)
    grid = logits.view(*logits.shape[:2], row_term.shape[-1], column_term.shape[-1])
    grid += row_term[..., :, None]
    grid += column_term[..., None, :]
    return torch.softmax(logits, -1, out=logits)


class _AttendInRows(Function):
    @staticmethod
    def forward(
        ctx: FunctionCtx,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        row_term: Tensor,
        column_term: Tensor,
        scale: float,
    ) -> Tensor:
        ctx.save_for_backward(query, key, value, row_term, column_term)
        ctx.scale = scale
        attended = query.new_empty(query.shape)
        with full_precision(query.device):
            for group, heads, rows in _blocks(query.shape):
                block, whole = (group, heads, rows), (group, heads)
                weights = _softmax(
                    query[block] * scale,
                    key[whole],
                    row_term[block],
                    column_term[block],
                )
                values = value[whole].transpose(1, 2)
                attended[block] = products(weights, values)
        return attended

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, gradient: Tensor) -> tuple[Tensor | None, ...]:
        query, key, value, row_term, column_term = ctx.saved_tensors
        saved = (query, key, value, row_term, column_term)
        d_query, d_key, d_value, d_row, d_column = (t.new_zeros(t.shape) for t in saved)
        gradient = gradient.contiguous()
        for group, heads, rows in _blocks(query.shape):
            block, whole = (group, heads, rows), (group, heads)
            scaled, keys = query[block] * ctx.scale, key[whole]
            weights = _softmax(scaled, keys, row_term[block], column_term[block])
            outer = gradient[block]
            d_value[whole] += products(weights.transpose(1, 2), outer.transpose(1, 2))
            d_weights = products(outer, value[whole])
            d_logits = torch.ops.aten._softmax_backward_data(
                d_weights, weights, -1, weights.dtype
            )
            d_query[block] = products(d_logits, keys.transpose(1, 2)) * ctx.scale
            d_key[whole] += products(d_logits.transpose(1, 2), scaled.transpose(1, 2))
            grid = d_logits.view(*d_logits.shape[:2], d_row.shape[-1], -1)
            d_row[block] = grid.sum(-1)
            d_column[block] = grid.sum(-2)
        return d_query, d_key, d_value, d_row, d_column, None


class _CountedAttention(Function):
    """The same tensors are kept for the gradient as by `_AttendInRows`."""

    @staticmethod
    def forward(
        ctx: FunctionCtx, query: Tensor, key: Tensor, value: Tensor, *terms: Tensor
    ) -> Tensor:
        attended, sums = _FLASH(query, key, value)
        ctx.save_for_backward(query, key, value, sums, *terms)
        return attended

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, gradient: Tensor) -> tuple[Any, ...]:
        query, key, value, sums, *terms = ctx.saved_tensors
        saved = query, key, value, gradient, sums
        found = _FLASH_BACKWARD(gradient, *saved, 0.0, False)
        return *found, *map(torch.empty_like, terms)
