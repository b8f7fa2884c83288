"""SAM's encoder with a change before each block, from patches and high frequencies."""

import math
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional

from sambench.models.sam.encoder import SamImageEncoder

REDUCTION = 32  # of the task vector
HIGH_PASS = 0.25  # share of low frequencies that is removed


class SamAdapterEncoder(SamImageEncoder):
    """SAM's encoder with SAM-Adapter's changes; made by `add_sam_adapter`.

    Attributes
    ----------
    mixed : bool
        Read the patch features as the code does, which mixes positions and channels:
        it reshapes `(B, H, W, C)` to `(B, C, H W)` without permuting.
    """

    mixed: bool

    def block_outputs(self, images: Tensor) -> Iterator[Tensor]:
        """Yield the tokens `(B, H, W, C)` after each block, in order."""
        patches = self.patch_embed(images)
        fine = self.frequency(high_pass(images)).permute(0, 2, 3, 1)
        task = self.task_of(patches) + fine
        tokens = patches + self.pos_embed
        for index in range(len(self.blocks)):
            tokens = tokens + self.up(functional.gelu(self.each[index](task)))
            tokens = self._run_block(index, tokens)
            yield tokens

    def task_of(self, patches: Tensor) -> Tensor:
        """Map patches `(B, H, W, C)` to the task vectors `(B, H, W, C / 32)`."""
        if self.mixed:
            batch, *grid, width = patches.shape
            patches = patches.reshape(batch, width, -1).transpose(1, 2)
            patches = patches.reshape(batch, *grid, width)
        return self.task(patches)


def add_sam_adapter(encoder: SamImageEncoder, mixed: bool = True) -> None:
    """Freeze an encoder and turn it into a `SamAdapterEncoder`, in place.

    New layers start as in the code: linear ones from a normal distribution of
    deviation 0.02 cut at 2, the convolution from one of deviation sqrt(2 / fan-out),
    biases 0.

    Parameters
    ----------
    encoder : SamImageEncoder
        With its weights.
    mixed : bool
        See `SamAdapterEncoder`.
    """
    encoder.requires_grad_(False)
    width = encoder.pos_embed.shape[-1]
    patch = encoder.patch_embed.proj.kernel_size[0]
    hidden = max(1, width // REDUCTION)
    with encoder.pos_embed.device:
        encoder.task = nn.Linear(width, hidden)
        encoder.frequency = nn.Conv2d(3, hidden, patch, patch)
        encoder.each = nn.ModuleList(nn.Linear(hidden, hidden) for _ in encoder.blocks)
        encoder.up = nn.Linear(hidden, width)
    for layer in (encoder.task, *encoder.each, encoder.up):
        nn.init.trunc_normal_(layer.weight, std=0.02)
        nn.init.zeros_(layer.bias)
    fan_out = patch * patch * hidden
    nn.init.normal_(encoder.frequency.weight, std=math.sqrt(2 / fan_out))
    nn.init.zeros_(encoder.frequency.bias)
    encoder.__class__ = SamAdapterEncoder
    encoder.mixed = mixed


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
    half = int(math.sqrt(rows * columns * HIGH_PASS) // 2)
    keep = torch.ones(rows, columns, device=images.device)
    top, left = rows // 2, columns // 2
    keep[top - half : top + half, left - half : left + half] = 0
    shifted = torch.fft.ifftshift(spectrum * keep, dim=(-2, -1))
    return torch.fft.ifft2(shifted).real.abs()
