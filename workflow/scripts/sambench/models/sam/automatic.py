"""A SAM without prompts, whose mask tokens are its channels of logits."""

from typing import Any

from torch import Tensor, nn

from sambench.models.full_precision import full_precision
from sambench.models.sam.decoding import decode_tokens
from sambench.models.sam.frame import Frame


class AutomaticSam(nn.Module):
    """SAM's encoder, the embedding for "no prompt", a decoder with a token a channel.

    Parameters
    ----------
    sam : nn.Module
        With `image_encoder`, `prompt_encoder` and `mask_decoder`.
    frame : Frame
        How slices become images.
    """

    def __init__(self, sam: nn.Module, frame: Frame):
        super().__init__()
        self.sam = sam
        self.frame = frame

    def forward(
        self, images: Tensor, prompts: Any = None, cached: Tensor | None = None
    ) -> Tensor:
        """Segment slices `(B, 3, H, W)`, 0 to 255: logits `(B, C, H, W)`."""
        logits, _ = self.decode(self.sam.image_encoder(self.frame.enter(images)))
        return self.frame.leave(logits, images.shape[-2:])

    def decode(self, embeddings: Tensor) -> tuple[Tensor, Tensor]:
        """Decode embeddings `(B, c, g, g)` without a prompt.

        Returns
        -------
        logits : Tensor, `(B, M, s, s)`
            Logits of every mask token.
        quality : Tensor, `(B, M)`
            Predicted intersection over union.
        """
        encoder = self.sam.prompt_encoder
        with full_precision(embeddings.device):
            position = encoder.get_dense_pe()
        return decode_tokens(
            self.sam.mask_decoder,
            embeddings,
            position,
            embeddings.new_empty(len(embeddings), 0, embeddings.shape[1]),
            encoder.no_mask_embed.weight[..., None, None],
        )


class SoftmaxSam(AutomaticSam):
    """An automatic SAM of classes that exclude each other; mask 0 is the background.

    Its logits are those of the classes less that of the background: a softmax over them
    and a zero is the softmax over all masks. In training they come on the decoder's own
    grid, on which SAMed and MA-SAM compute their loss, padding taken off.
    """

    def forward(
        self, images: Tensor, prompts: Any = None, cached: Tensor | None = None
    ) -> Tensor:
        """Segment slices.

        Parameters
        ----------
        images : Tensor, `(B, 3, H, W)`
            0 to 255.

        Returns
        -------
        Tensor
            Relative logits `(B, C, H, W)`; in training `(B, C, h, w)` as the decoder
            gives them.
        """
        logits, _ = self.decode(self.sam.image_encoder(self.frame.enter(images)))
        relative = logits[:, 1:] - logits[:, :1]
        shape = images.shape[-2:]
        if self.training:
            return self.frame.crop(relative, shape)
        return self.frame.leave(relative, shape)
