"""SAM's image encoder with fused attention and, on demand, checkpointing."""

from collections import deque
from collections.abc import Iterable, Iterator
from itertools import repeat
from typing import Any

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from sambench.models.sam.attention import attend, keep_distances
from sambench.models.sam.package import ImageEncoderViT


class SamImageEncoder(ImageEncoderViT):
    """The package's encoder, same parameters and values, faster and smaller.

    Attributes
    ----------
    checkpointing : bool
        Keep the input of each block only and compute the block again for its gradient.
    """

    checkpointing = False

    def __init__(self, *args: Any, **sizes: Any):
        super().__init__(*args, **sizes)
        for block in self.blocks:
            keep_distances(block.attn)

    def forward(self, images: Tensor) -> Tensor:
        """Encode normalised images `(B, 3, S, S)` as `(B, c, S / 16, S / 16)`."""
        last = deque(self.block_outputs(images), maxlen=1)
        return self.embed(last.pop())

    def tokens(self, images: Tensor) -> Tensor:
        """Cut images into patch tokens with absolute positions, `(B, H, W, C)`."""
        return self.patch_embed(images) + self.pos_embed

    def block_outputs(self, images: Tensor) -> Iterator[Tensor]:
        """Yield the tokens `(B, H, W, C)` after each block, in order."""
        patches = self.patch_embed(images)
        tokens = patches + self.pos_embed
        contexts = self.contexts(images, patches)
        for index, context in zip(range(len(self.blocks)), contexts, strict=False):
            tokens = self.run_block(index, tokens, *context)
            yield tokens

    def contexts(self, images: Tensor, patches: Tensor) -> Iterable[tuple[Tensor, ...]]:
        """Return what each block is given beside tokens, here for its `attn.qkv`.

        Patches `(B, H, W, C)` of the images have no positions yet.
        """
        return repeat(())

    def embed(self, tokens: Tensor) -> Tensor:
        """Map the last block's tokens to the image embedding by the neck."""
        return self.neck(tokens.permute(0, 3, 1, 2))

    def run_block(self, index: int, tokens: Tensor, *context: Tensor) -> Tensor:
        """Run one block, checkpointed if asked for and of use."""
        if self.checkpointing and torch.is_grad_enabled():
            return checkpoint(self._block, index, tokens, *context, use_reentrant=False)
        return self._block(index, tokens, *context)

    def _block(self, index: int, tokens: Tensor, *folded: Tensor) -> Tensor:
        block = self.blocks[index]
        tokens = tokens + attend(block, block.norm1(tokens), folded=folded)
        return tokens + block.mlp(block.norm2(tokens))


def scrambled(tokens: Tensor) -> Tensor:
    """Read channels-last tokens `(B, H, W, C)` as if they were channels first.

    As the published code of SAM-Adapter and DAPSAM does: token p gathers values ``p,
    p + N, p + 2N ...`` of all tokens' values in a row, with N = H * W.
    """
    batch, rows, columns, width = tokens.shape
    mixed = tokens.reshape(batch, width, rows * columns).transpose(1, 2)
    return mixed.reshape(batch, rows, columns, width)
