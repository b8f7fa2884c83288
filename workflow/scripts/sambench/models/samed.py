"""SAMed (2023): SAM without prompts, low-rank changes of q and v in every block.

As its published code (e351840, MIT) computes it, which
``python -m sambench parity`` checks.
"""

from collections.abc import Iterable
from functools import partial
from typing import Annotated, Any

import torch
from torch import Tensor, nn

from sambench.models.sam.automatic import SoftmaxSam, build_softmax_sam, replace_decoder
from sambench.models.sam.build import SamSize
from sambench.models.sam.encoder import SamImageEncoder
from sambench.models.sam.low_rank import (
    ChangedQueryValue,
    as_autocast,
    to_query_and_value,
)
from sambench.models.sam.renaming import Renaming


class LowRankQueryValue(ChangedQueryValue):
    """The joint q, k, v layer with low-rank changes of q and v, zero at first.

    Parameters
    ----------
    layer : nn.Linear
        SAM's, from C to 3 C; it stays as it is.
    rank : int
        Rank of both changes.
    """

    def __init__(self, layer: nn.Linear, rank: int):
        super().__init__(layer)
        width = layer.in_features
        self.down_q = nn.Linear(width, rank, bias=False)
        self.up_q = nn.Linear(rank, width, bias=False)
        self.down_v = nn.Linear(width, rank, bias=False)
        self.up_v = nn.Linear(rank, width, bias=False)
        for up in (self.up_q, self.up_v):
            nn.init.zeros_(up.weight)


class SamedEncoder(SamImageEncoder):
    """SAM's encoder with SAMed's changes; made by `adapt`."""

    def contexts(self, images: Tensor, patches: Tensor) -> Iterable[tuple[Tensor, ...]]:
        """Return the changes of each block."""
        parts = [block.attn.qkv for block in self.blocks]
        down_q, up_q, down_v, up_v = (
            torch.stack([getattr(part, name).weight for part in parts])
            for name in ("down_q", "up_q", "down_v", "up_v")
        )
        folded = torch.cat([down_q, down_v], 1), to_query_and_value(up_q, up_v)
        return zip(*map(as_autocast, folded), strict=True)


def build(
    *,
    rank: Annotated[int, {"minimum": 1}] = 4,
    **options: Annotated[Any, "sambench.models.sam.automatic:build_softmax_sam"],
) -> SoftmaxSam:
    """Build SAMed on a pretrained SAM.

    Arguments are the rank of the changes and those of `build_softmax_sam`.
    """
    return build_softmax_sam(partial(adapt, rank=rank), **options)


def adapt(sam: nn.Module, size: SamSize, n_masks: int, rank: int) -> None:
    """Freeze and extend a SAM as SAMed does, in place.

    The code trains all of the prompt encoder and the quality head too, of which
    only the embedding for "no prompt" ever gets a gradient.
    """
    replace_decoder(sam, size, n_masks)
    sam.image_encoder.__class__ = SamedEncoder
    for block in sam.image_encoder.blocks:
        layer = block.attn.qkv
        block.attn.qkv = LowRankQueryValue(layer, rank).to(layer.weight.device)


_QKV = "sam.image_encoder.blocks.{i}.attn.qkv"
NAMES = Renaming(
    [
        (f"{_QKV}.qkv", f"{_QKV}.layer"),
        (f"{_QKV}.linear_a_q", f"{_QKV}.down_q"),
        (f"{_QKV}.linear_b_q", f"{_QKV}.up_q"),
        (f"{_QKV}.linear_a_v", f"{_QKV}.down_v"),
        (f"{_QKV}.linear_b_v", f"{_QKV}.up_v"),
    ]
)
