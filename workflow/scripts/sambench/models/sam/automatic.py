"""A SAM without prompts: its decoder has a mask token for each structure."""

from typing import Any

from torch import Tensor, nn

from sambench.models.sam.decoding import decode_tokens
from sambench.models.sam.frame import Frame


class AutomaticSam(nn.Module):
    """SAM's encoder, the embedding for "no prompt", a decoder with a token a structure.

    Parameters
    ----------
    sam : nn.Module
        With `image_encoder`, `prompt_encoder` and a `mask_decoder` of as many mask
        tokens as structures.
    frame : Frame
        How slices become images.
    """

    promptable = False

    def __init__(self, sam: nn.Module, frame: Frame):
        super().__init__()
        self.sam = sam
        self.frame = frame

    def forward(
        self, images: Tensor, prompts: Any = None, cached: Tensor | None = None
    ) -> Tensor:
        """Segment slices `(B, 3, H, W)`, 0 to 255: logits `(B, C, H, W)`."""
        embeddings = self.sam.image_encoder(self.frame.enter(images))
        none = self.sam.prompt_encoder.no_mask_embed.weight[..., None, None]
        logits, _ = decode_tokens(
            self.sam.mask_decoder,
            embeddings,
            self.sam.prompt_encoder.get_dense_pe(),
            embeddings.new_empty(len(embeddings), 0, embeddings.shape[1]),
            none.expand_as(embeddings),
        )
        return self.frame.leave(logits, images.shape[-2:])
