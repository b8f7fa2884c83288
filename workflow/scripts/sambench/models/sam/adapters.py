"""Adapters in SAM's image encoder: low-rank changes of q and v, Med-SA, SAM-Adapter.

Written from descriptions of the published code (SAMed and SAM-Adapter: MIT,
Medical-SAM-Adapter: GPL-3.0), no line of which is used.
"""

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional

from sambench.models.sam.attention import attend
from sambench.models.sam.encoder import SamImageEncoder

MLP_SHARE = 0.5  # of the adapter beside the MLP, Med-SA
MED_SA_REDUCTION = 4
TASK_REDUCTION = 32  # of the task vector, SAM-Adapter
HIGH_PASS = 0.25  # share of low frequencies that SAM-Adapter removes


class LowRankQueryValue(nn.Module):
    """The joint q, k, v layer with low-rank changes of q and v, as SAMed adds.

    Parameters
    ----------
    layer : nn.Linear
        SAM's, from C to 3 C; it stays as it is.
    rank : int
        Of both changes.
    """

    def __init__(self, layer: nn.Linear, rank: int):
        super().__init__()
        width = layer.in_features
        self.layer = layer
        self.down_q = nn.Linear(width, rank, bias=False)
        self.up_q = nn.Linear(rank, width, bias=False)
        self.down_v = nn.Linear(width, rank, bias=False)
        self.up_v = nn.Linear(rank, width, bias=False)
        for down in (self.down_q, self.down_v):
            nn.init.kaiming_uniform_(down.weight, a=math.sqrt(5))
        for up in (self.up_q, self.up_v):
            nn.init.zeros_(up.weight)

    def forward(self, x: Tensor) -> Tensor:
        """Map tokens `(..., C)` to `(..., 3 C)`."""
        q, k, v = self.layer(x).chunk(3, dim=-1)
        q = q + self.up_q(self.down_q(x))
        v = v + self.up_v(self.down_v(x))
        return torch.cat([q, k, v], dim=-1)


def add_low_rank(encoder: SamImageEncoder, rank: int = 4) -> list[nn.Module]:
    """Add `LowRankQueryValue` to every block; give the new layers."""
    added = []
    for block in encoder.blocks:
        change = LowRankQueryValue(block.attn.qkv, rank)
        block.attn.qkv = change
        added += [change.down_q, change.up_q, change.down_v, change.up_v]
    return added


class _Bottleneck(nn.Sequential):
    def __init__(self, width: int, hidden: int):
        super().__init__(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width))


class MedSaEncoder(SamImageEncoder):
    """SAM's encoder with an adapter after the attention and one beside the MLP.

    Made from a `SamImageEncoder` by `add_med_sa`.
    """

    def _block(self, index: int, tokens: Tensor) -> Tensor:
        block = self.blocks[index]
        attended = attend(block, block.norm1(tokens))
        tokens = tokens + attended + self.space[index](attended)
        normed = block.norm2(tokens)
        return tokens + block.mlp(normed) + MLP_SHARE * self.beside[index](normed)


def add_med_sa(encoder: SamImageEncoder) -> list[nn.Module]:
    """Turn an encoder into a `MedSaEncoder`; give the new layers."""
    width = encoder.pos_embed.shape[-1]
    for name in ("space", "beside"):
        adapters = (
            _Bottleneck(width, width // MED_SA_REDUCTION) for _ in encoder.blocks
        )
        setattr(encoder, name, nn.ModuleList(adapters))
    encoder.__class__ = MedSaEncoder
    return [encoder.space, encoder.beside]


class SamAdapterEncoder(SamImageEncoder):
    """SAM's encoder with a change before each block, from patches and high frequencies.

    Made from a `SamImageEncoder` by `add_sam_adapter`.
    """

    def block_outputs(self, images: Tensor) -> Iterator[Tensor]:
        """Yield the tokens `(B, H, W, C)` after each block, in order."""
        patches = self.patch_embed(images)
        fine = self.frequency(high_pass(images)).permute(0, 2, 3, 1)
        task = self.task(patches) + fine
        tokens = patches + self.pos_embed
        for index in range(len(self.blocks)):
            tokens = tokens + self.up(functional.gelu(self.each[index](task)))
            tokens = self._run_block(index, tokens)
            yield tokens


def add_sam_adapter(encoder: SamImageEncoder) -> list[nn.Module]:
    """Turn an encoder into a `SamAdapterEncoder`; give the new layers."""
    width = encoder.pos_embed.shape[-1]
    patch = encoder.patch_embed.proj.kernel_size[0]
    hidden = max(1, width // TASK_REDUCTION)
    encoder.task = nn.Linear(width, hidden)
    encoder.frequency = nn.Conv2d(3, hidden, patch, patch)
    encoder.each = nn.ModuleList(nn.Linear(hidden, hidden) for _ in encoder.blocks)
    encoder.up = nn.Linear(hidden, width)
    encoder.__class__ = SamAdapterEncoder
    return [encoder.task, encoder.frequency, encoder.each, encoder.up]


def high_pass(images: Tensor) -> Tensor:
    """Remove a centred square of a quarter of the spectrum's area.

    Parameters
    ----------
    images : Tensor, `(B, 3, S, S)`

    Returns
    -------
    Tensor, `(B, 3, S, S)`
        The absolute value of what is left.
    """
    spectrum = torch.fft.fftshift(torch.fft.fft2(images.float()), dim=(-2, -1))
    rows, columns = images.shape[-2:]
    half = int(math.sqrt(rows * columns * HIGH_PASS)) // 2
    keep = torch.ones(rows, columns, device=images.device)
    top, left = rows // 2, columns // 2
    keep[top - half : top + half, left - half : left + half] = 0
    shifted = torch.fft.ifftshift(spectrum * keep, dim=(-2, -1))
    return torch.fft.ifft2(shifted).real.abs()
