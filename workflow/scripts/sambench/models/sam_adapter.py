"""SAM-Adapter (2023): SAM without prompts, changed before each block.

As its published code (665145d, MIT) computes it, which
``python -m sambench parity`` checks, and as it was meant.

Its variant "released" is the published code: patch features are mixed up on their way,
the embedding for "no prompt" and the position code of the image are not SAM's but
random, as it looks for both under other names. "intended" is the same without either.
"""

import math
from collections.abc import Iterable
from itertools import repeat
from pathlib import Path
from typing import Annotated, Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from sambench.errors import InputError
from sambench.models.sam.automatic import decode_without_prompt
from sambench.models.sam.encoder import SamImageEncoder, scrambled
from sambench.models.sam.frame import Frame, frame_of
from sambench.models.sam.package import PositionEmbeddingRandom
from sambench.models.sam.pretrained import load_backbone, vit_size
from sambench.models.sam.renaming import Renaming

REDUCTION = 32  # of the task vector
HIGH_PASS = 0.25  # share of low frequencies that is removed


class SamAdapterEncoder(SamImageEncoder):
    """SAM's encoder with SAM-Adapter's changes; made by `SamAdapter`.

    Attributes
    ----------
    mixed : bool
        Read the patch features as the code does, which mixes positions and channels,
        see `scrambled`.
    """

    mixed: bool

    def contexts(self, images: Tensor, patches: Tensor) -> Iterable[tuple[Tensor, ...]]:
        """Return the task vectors, which all blocks are given."""
        fine = self.frequency(high_pass(images)).permute(0, 2, 3, 1)
        return repeat((self.task_of(patches) + fine,))

    def _block(self, index: int, tokens: Tensor, task: Tensor) -> Tensor:
        tokens = tokens + self.up(functional.gelu(self.each[index](task)))
        return super()._block(index, tokens)

    def task_of(self, patches: Tensor) -> Tensor:
        """Map patches `(B, H, W, C)` to the task vectors `(B, H, W, C / 32)`."""
        return self.task(scrambled(patches) if self.mixed else patches)


def high_pass(images: Tensor) -> Tensor:
    """Remove a centred square of a quarter of the spectrum's area.

    What is left of images `(B, 3, S, S)` is returned by its absolute value.
    """
    spectrum = torch.fft.fftshift(torch.fft.fft2(images.float()), dim=(-2, -1))
    rows, columns = images.shape[-2:]
    half = int(math.sqrt(rows * columns * HIGH_PASS) // 2)
    keep = torch.ones(rows, columns, device=images.device)
    top, left = rows // 2, columns // 2
    keep[top - half : top + half, left - half : left + half] = 0
    shifted = torch.fft.ifftshift(spectrum * keep, dim=(-2, -1))
    return torch.fft.ifft2(shifted).real.abs()


class SamAdapter(nn.Module):
    """SAM without prompts, changed before each block.

    Parameters
    ----------
    sam : nn.Module
        With its weights; changed in place.
    frame : Frame
        How slices become images.
    structures : int
        Masks of the decoder that are used, from the first; the code has one.
    variant : str
        ``"released"`` or ``"intended"``.

    Raises
    ------
    InputError
        If there are more structures than masks.
    """

    def __init__(
        self, sam: nn.Module, frame: Frame, structures: int, variant: str = "released"
    ):
        super().__init__()
        available = sam.mask_decoder.num_mask_tokens
        if structures > available:
            raise InputError(
                where="SAM-Adapter",
                found=f"{structures} structures",
                expected=f"at most {available}, the masks of SAM's decoder",
                remedy="Train it on fewer structures",
            )
        released = variant == "released"
        encoder, decoder = sam.image_encoder, sam.mask_decoder
        _extend(encoder, mixed=released)
        decoder.requires_grad_(True)
        decoder.iou_prediction_head.requires_grad_(False)
        self.image_encoder, self.mask_decoder = encoder, decoder
        self.frame, self.structures = frame, structures
        prompts, width = sam.prompt_encoder, decoder.transformer_dim
        self.no_mask_embed, self.pe_layer = prompts.no_mask_embed, prompts.pe_layer
        if released:
            with encoder.pos_embed.device:
                self.no_mask_embed = nn.Embedding(1, width)
                self.pe_layer = PositionEmbeddingRandom(width // 2)

    def forward(
        self, images: Tensor, prompts: Any = None, cached: Tensor | None = None
    ) -> Tensor:
        """Segment slices `(B, 3, H, W)`, 0 to 255: logits `(B, C, H, W)`."""
        embeddings = self.image_encoder(self.frame.enter(images))
        logits, _ = self.decode(embeddings, judged=False)
        return self.frame.leave(logits[:, : self.structures], images.shape[-2:])

    def decode(
        self, embeddings: Tensor, judged: bool = True
    ) -> tuple[Tensor, Tensor | None]:
        """Decode embeddings `(B, c, g, g)`: logits and quality of every mask."""
        return decode_without_prompt(
            self.mask_decoder, embeddings, self.pe_layer, self.no_mask_embed, judged
        )


def _extend(encoder: SamImageEncoder, mixed: bool) -> None:
    """Freeze an encoder and turn it into a `SamAdapterEncoder`, in place.

    New layers start as in the code: linear ones from a normal distribution of
    deviation 0.02 cut at 2, the convolution from one of deviation sqrt(2 / fan-out),
    biases 0.
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


def build(
    *,
    structures: int,
    backbone: Annotated[str, "sambench.models.sam.backbones:BACKBONES"],
    weights: Path,
    variant: Literal["released", "intended"] = "released",
    image_size: int | None = None,
    checkpointing: bool = False,
) -> SamAdapter:
    """Build SAM-Adapter on a pretrained SAM with a ViT.

    Parameters
    ----------
    structures : int
        Masks of the decoder that are used, at most four.
    variant : str
        ``"released"`` or ``"intended"``.
    backbone, weights, image_size, checkpointing
        As for `build_promptable`.
    """
    vit_size(backbone)  # which refuses a backbone without a ViT
    sam = load_backbone(backbone, weights, image_size, checkpointing)
    return SamAdapter(sam, frame_of(backbone, image_size), structures, variant)


_PROMPT = "image_encoder.prompt_generator"

NAMES = Renaming(
    [
        (f"{_PROMPT}.embedding_generator", "image_encoder.task"),
        (f"{_PROMPT}.prompt_generator.proj", "image_encoder.frequency"),
        (f"{_PROMPT}.lightweight_mlp_{{i}}.0", "image_encoder.each.{i}"),
        (f"{_PROMPT}.shared_mlp", "image_encoder.up"),
    ]
)
