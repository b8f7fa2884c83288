"""Exact, fused attention for the blocks of SAM's image encoder.

The package adds the decomposed relative position term to logits `(N, N)` that it holds
several times over. The term of query ``i`` and key ``j`` is
``q_i . Rh[y_i - y_j] + q_i . Rw[x_i - x_j]``, that is ``a[i, y_j] + b[i, x_j]``: two
tables of `(N, H)` and `(N, W)` hold all of it. Three forms use that; all give the
package's values and gradients up to rounding:

``bias``
    `scaled_dot_product_attention` with the term as additive mask `(N, N)`.
``rows``
    the same in blocks of query rows, recomputed for the gradient: neither mask nor
    logits ever exist whole.
``folded``
    queries ``[s q, a, b]`` against keys ``[k, one-hot row, one-hot column]``: no mask,
    so kernels that take none (flash attention) can run.

Windowed blocks compute queries, keys and values of real tokens only. SAM pads windows
with zero tokens after the norm, so every padding cell has the bias as query, key and
value; these cells are filled in, because as keys they take part in the softmax.
"""

import os
from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional

from sambench.errors import find_named
from sambench.models.sam.attention_rows import attend_in_rows
from sambench.models.sam.linear import prefers_onednn
from sambench.models.sam.package import (
    Attention,
    relative_table,
    window_partition,
    window_unpartition,
)

FORM_VARIABLE = "SAMBENCH_ATTENTION"

# Tokens above which `rows` is chosen and not `bias`. Measured on one core of an AMD
# EPYC (Zen 5), the whole branch of a ViT-B block, CPU ms of `bias`, `rows`, `folded`:
# 4096 tokens 781, 506, 1667; 1024: 71, 55, 100; 576: 31, 28, 38; windows at 1024 px
# 160, 164, 179; with gradients at 576: 77, 74. So where oneDNN multiplies (see
# `linear.py`) `rows`, which also needs least memory, unless products are so small that
# calling them is what takes long: DAPSAM's step with `sam_nano` (144 tokens and windows
# of 49) took 118 ms, with `bias` 83. With torch's products `rows` is slower up to 1024
# tokens; at 4096 1.15 times, for a tenth of the memory. Other devices: not measured;
# the whole bias suits their fused kernels as long as it fits, and `folded` is there to
# be tried.
ROWS_ABOVE = {"onednn": 144, "cpu": 1024, "other": 4096}


def attend(
    block: nn.Module,
    tokens: Tensor,
    form: str | None = None,
    padding: Tensor | None = None,
    folded: Sequence[Tensor] = (),
) -> Tensor:
    """Compute the attention branch of a block, windows included.

    A block is ``x = x + attend(block, block.norm1(x))`` and then
    ``x = x + block.mlp(block.norm2(x))``.

    Parameters
    ----------
    block : segment_anything Block
        With `attn` and `window_size`; `attn.qkv` may be wrapped (e.g. by LoRA) as long
        as it treats every token alike; its `bias`, if it has one, is what zeros give.
    tokens : Tensor, `(B, H, W, C)`
        After `norm1`, before the residual.
    form : str, optional
        ``"bias"``, ``"rows"`` or ``"folded"``. Left out, the environment variable
        SAMBENCH_ATTENTION decides, and without it `choose_form`.
    padding : Tensor, `(C,)`, optional
        The token that fills windows; zeros as in SAM, if left out.
    folded : sequence of Tensor
        What `attn.qkv` is given beside tokens.

    Returns
    -------
    Tensor, `(B, H, W, C)`
    """
    attention = block.attn
    rows, columns = tokens.shape[1:3]
    side = block.window_size
    qkv = attention.qkv(tokens, *folded)
    if side:
        fill = partial(_qkv_of_padding, attention, padding)
        qkv, padded = into_windows(qkv, side, fill)
    heads = _attend_heads(attention, qkv, form)
    if side:
        heads = window_unpartition(heads, side, padded, (rows, columns))
    return attention.proj(heads)


def choose_form(device: torch.device, n_tokens: int) -> str:
    """Choose a form for a device and a number of tokens that attend to each other."""
    kind = "other"
    if device.type == "cpu":
        kind = "onednn" if prefers_onednn() else "cpu"
    return "rows" if n_tokens > ROWS_ABOVE[kind] else "bias"


def _attend_heads(attention: Attention, qkv: Tensor, form: str | None) -> Tensor:
    """Attend within each window: `(G, H, W, 3C)` to `(G, H, W, C)`."""
    groups, rows, columns, width = qkv.shape
    n_heads = attention.num_heads
    split = qkv.view(groups, rows * columns, 3, n_heads, width // 3 // n_heads)
    query, key, value = split.permute(2, 0, 3, 1, 4).unbind(0)
    form = form or os.environ.get(FORM_VARIABLE)
    form = form or choose_form(qkv.device, rows * columns)
    attend_by = find_named(FORMS, form, FORM_VARIABLE, "form of attention")
    if attention.use_rel_pos:
        terms = _position_terms(attention, query, rows, columns)
        attended = attend_by(query, key, value, *terms, attention.scale)
    else:
        attended = functional.scaled_dot_product_attention(
            query, key, value, scale=attention.scale
        )
    return attended.transpose(1, 2).reshape(groups, rows, columns, width // 3)


def _position_terms(
    attention: Attention, query: Tensor, rows: int, columns: int
) -> tuple[Tensor, Tensor]:
    """Return the terms `a` `(G, heads, H, W, H)` and `b` `(G, heads, H, W, W)`."""
    row_table = _table(attention, attention.rel_pos_h, rows).to(query.dtype)
    column_table = _table(attention, attention.rel_pos_w, columns).to(query.dtype)
    grid = query.unflatten(2, (rows, columns))
    # queries of a row, then those of a column, share their table
    groups, heads = query.shape[:2]
    of_row = grid.permute(2, 0, 1, 3, 4).reshape(rows, -1, query.shape[-1])
    of_column = grid.permute(3, 0, 1, 2, 4).reshape(columns, -1, query.shape[-1])
    a = torch.bmm(of_row, row_table.mT).view(rows, groups, heads, columns, rows)
    b = torch.bmm(of_column, column_table.mT).view(columns, groups, heads, rows, -1)
    return a.permute(1, 2, 0, 3, 4), b.permute(1, 2, 3, 0, 4)


def _table(attention: Attention, positions: Tensor, side: int) -> Tensor:
    """Return the embedding `(side, side, C)` of each pair of places along an axis."""
    index = getattr(attention, "distances", None)
    if index is None or len(index) != side or len(positions) != 2 * side - 1:
        return relative_table(side, side, positions)
    return positions[index]


def keep_distances(attention: Attention) -> None:
    """Keep what `relative_table` computes anew in each pass, and on the CPU.

    Parameters
    ----------
    attention : segment_anything Attention
        Gets the buffer `distances` `(side, side)`, which no file has.
    """
    if not attention.use_rel_pos:
        return
    places = torch.arange((len(attention.rel_pos_h) + 1) // 2)
    distances = places[:, None] - places + len(places) - 1
    attention.register_buffer("distances", distances, persistent=False)


def _attend_bias(query, key, value, row_term, column_term, scale) -> Tensor:
    bias = row_term[..., :, None] + column_term[..., None, :]
    mask = bias.flatten(4).flatten(2, 3)
    if mask.requires_grad and mask.device.type == "cpu":
        return _attend_plainly(query, key, value, mask, scale)
    return functional.scaled_dot_product_attention(
        query, key, value, attn_mask=mask, scale=scale
    )


def _attend_plainly(query, key, value, bias, scale) -> Tensor:
    """Attend by separate operations: the CPU's fused kernel cannot give d bias."""
    flat = (-1, *bias.shape[-2:])
    q, k, v = (t.flatten(0, 1) for t in (query, key, value))
    logits = torch.baddbmm(bias.view(flat), q, k.transpose(1, 2), alpha=scale)
    return torch.bmm(logits.softmax(-1), v).unflatten(0, bias.shape[:2])


def _attend_rows(query, key, value, row_term, column_term, scale) -> Tensor:
    row_term, column_term = row_term.flatten(2, 3), column_term.flatten(2, 3)
    return attend_in_rows(query, key, value, row_term, column_term, scale)


def _attend_folded(query, key, value, row_term, column_term, scale) -> Tensor:
    row_term, column_term = row_term.flatten(2, 3), column_term.flatten(2, 3)
    rows, columns = row_term.shape[-1], column_term.shape[-1]
    width = query.shape[-1]
    fill = -(width + rows + columns) % 8  # GPU kernels want multiples of 8
    ones = {"dtype": key.dtype, "device": key.device}
    row_of = torch.eye(rows, **ones).repeat_interleave(columns, 0)
    column_of = torch.eye(columns, **ones).repeat(rows, 1)
    place = functional.pad(torch.cat([row_of, column_of], 1), (0, fill))
    query = torch.cat([query * scale, row_term, column_term], -1)
    key = torch.cat([key, place.expand(*key.shape[:2], -1, -1)], -1)
    attended = functional.scaled_dot_product_attention(
        functional.pad(query, (0, fill)),
        key,
        functional.pad(value, (0, key.shape[-1] - width)),
        scale=1.0,
    )
    return attended[..., :width]


FORMS = {"bias": _attend_bias, "rows": _attend_rows, "folded": _attend_folded}


def into_windows(
    tokens: Tensor, side: int, fill: Callable[[Tensor], Tensor]
) -> tuple[Tensor, tuple[int, int]]:
    """Cut tokens into windows, of which the last ones are padded.

    Parameters
    ----------
    tokens : Tensor, `(B, H, W, C)`
    side : int
        Side of the windows in tokens.
    fill : callable
        Returns the token `(C,)` that fills them, for tokens like these.

    Returns
    -------
    windows : Tensor, `(B * windows, side, side, C)`
    padded : (int, int)
        Rows and columns with the padding, for `window_unpartition`.
    """
    batch, rows, columns, width = tokens.shape
    padded = -(-rows // side) * side, -(-columns // side) * side
    if padded != (rows, columns):
        filled = fill(tokens).expand(batch, *padded, width).clone()
        filled[:, :rows, :columns] = tokens
        tokens = filled
    return window_partition(tokens, side)


def _qkv_of_padding(
    attention: Attention, padding: Tensor | None, qkv: Tensor
) -> Tensor:
    if padding is None and hasattr(attention.qkv, "bias"):
        bias = attention.qkv.bias
        return qkv.new_zeros(qkv.shape[-1]) if bias is None else bias.to(qkv.dtype)
    if padding is None:
        padding = qkv.new_zeros(attention.proj.in_features)
    return attention.qkv(padding[None])[0].to(qkv.dtype)
