"""A SAM without prompts: its decoder has a mask token for each structure."""

from torch import Tensor, nn

from sambench.models.promptable.decoding import decode_tokens
from sambench.models.promptable.frame import Frame


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

    def forward(self, images: Tensor) -> Tensor:
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


class Resized(nn.Module):
    """A network without prompts on images of a size of its own.

    Parameters
    ----------
    network : nn.Module
        Takes images `(B, 3, S, S)`, gives logits `(B, C, S, S)`.
    image_size : int
        S.
    """

    promptable = False

    def __init__(self, network: nn.Module, image_size: int):
        super().__init__()
        self.network = network
        self.frame = Frame(image_size, "none")

    def forward(self, images: Tensor) -> Tensor:
        """Segment normalised slices `(B, 3, H, W)`: logits `(B, C, H, W)`."""
        logits = self.network(self.frame.enter(images))
        return self.frame.leave(logits, images.shape[-2:])
