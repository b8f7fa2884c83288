"""DAPSAM's image encoder: SAM's blocks, each with two adapters beside it."""

from collections.abc import Iterable
from itertools import repeat
from typing import Any

import torch
from torch import Tensor, nn

from sambench.models.sam.attention import attend
from sambench.models.sam.bottleneck import Bottleneck
from sambench.models.sam.encoder import SamImageEncoder, scrambled

REDUCTION = 4  # the adapters' hidden width is that of the tokens divided by this
INPUT_SHARE = 0.5  # of the tokens in the input of the adapters before the blocks
PARALLEL_SHARE = 0.5  # of the parallel adapters' output


class DapsamEncoder(SamImageEncoder):
    """SAM's image encoder with low-level features and gated adapters.

    Per block ``x``, with low-level embedding ``E`` of the patch tokens::

        x = x + before(0.5 x + E)
        x = x + attention(norm1(x))
        n = norm2(x)
        x = x + mlp(n) + 0.5 parallel(n + E)

    Parameters
    ----------
    low_level : str
        ``"scrambled"`` as in the published code, see `scrambled`, ``"aligned"``, or
        ``"none"`` (E = 0).
    gate_before, gate_parallel : str
        Gates of the adapters, see `Bottleneck`.
    before : bool
        Whether there are adapters before the blocks.
    **sizes
        Of `ImageEncoderViT`.
    """

    def __init__(
        self,
        *,
        low_level: str,
        gate_before: str,
        gate_parallel: str,
        before: bool,
        **sizes: Any,
    ):
        super().__init__(**sizes)
        width, depth = sizes["embed_dim"], sizes["depth"]
        hidden = width // REDUCTION
        self.scrambled = low_level == "scrambled"
        self.low_level = None if low_level == "none" else nn.Linear(width, width)
        self.before = nn.ModuleList(
            Bottleneck(width, hidden, gate_before) for _ in range(depth * before)
        )
        self.parallel = nn.ModuleList(
            Bottleneck(width, hidden, gate_parallel) for _ in range(depth)
        )
        for part in (self.low_level, self.before):
            if part is not None:
                part.apply(_initialise)

    def contexts(self, images: Tensor, patches: Tensor) -> Iterable[tuple[Tensor, ...]]:
        """Return the low-level embedding, if there is one, for all blocks."""
        if self.low_level is None:
            return repeat(())
        tokens = patches + self.pos_embed
        tokens = scrambled(tokens) if self.scrambled else tokens
        return repeat((self.low_level(tokens),))

    def freeze(self) -> None:
        """Freeze all but the adapters and the low-level embedding."""
        self.requires_grad_(False)
        for part in (self.low_level, self.before, self.parallel):
            if part is not None:
                part.requires_grad_(True)

    def _block(self, index: int, tokens: Tensor, low: Tensor | None = None) -> Tensor:
        block = self.blocks[index]
        if self.before:
            if low is None:
                given = INPUT_SHARE * tokens
            else:
                given = torch.add(low, tokens, alpha=INPUT_SHARE)
            tokens = tokens + self.before[index](given)
        tokens = tokens + attend(block, block.norm1(tokens))
        normed = block.norm2(tokens)
        given = normed if low is None else normed + low
        change = torch.add(
            block.mlp(normed), self.parallel[index](given), alpha=PARALLEL_SHARE
        )
        return tokens + change


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.02, a=-2.0, b=2.0)
        nn.init.zeros_(module.bias)
