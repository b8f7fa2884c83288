"""What DeSAM reads of SAM's frozen encoder: maps between blocks, and the embedding."""

import torch
from torch import Tensor, nn

from sambench.models.sam.build import SamSize

LEVELS = 3


def tapped_blocks(size: SamSize) -> tuple[int, ...]:
    """Return the blocks that are tapped: the global ones but the last.

    ViT-B 2, 5 and 8; ViT-L 5, 11 and 17; ViT-H, the only one that runs as released, 7,
    15 and 23. A backbone with other than four global blocks is tapped after the three
    blocks before its last.
    """
    taps = size.global_blocks[:-1]
    return taps if len(taps) == LEVELS else tuple(range(size.depth)[-LEVELS - 1 : -1])


def tap(encoder: nn.Module, images: Tensor, blocks: tuple[int, ...]) -> Tensor:
    """Encode images, with the maps after some blocks.

    Parameters
    ----------
    encoder : SamImageEncoder
    images : Tensor, `(B, 3, S, S)`
    blocks : tuple of int
        In rising order.

    Returns
    -------
    Tensor, `(B, T * C + c, g, g)`
        The T maps of C channels and then the embedding of c.
    """
    maps = []
    tokens = images
    for index, tokens in enumerate(encoder.block_outputs(images)):
        if index in blocks:
            maps.append(tokens.permute(0, 3, 1, 2))
    return torch.cat([*maps, encoder.embed(tokens)], 1)


def split(encoded: Tensor, width: int) -> tuple[list[Tensor], Tensor]:
    """Split what `tap` gave into the maps of `width` channels and the embedding."""
    *maps, embedding = encoded.split(
        [width] * LEVELS + [encoded.shape[1] - LEVELS * width], 1
    )
    return maps, embedding
