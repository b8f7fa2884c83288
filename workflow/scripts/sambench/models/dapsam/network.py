"""The DAPSAM network and its variants."""

from typing import Any, NamedTuple

from torch import Tensor, nn

from sambench.errors import find_named
from sambench.models.dapsam.encoder import DapsamEncoder
from sambench.models.dapsam.prototype import ITEMS, LearnedPrompt, PrototypePrompt
from sambench.models.full_precision import full_precision
from sambench.models.sam.build import (
    SIZES,
    SamSize,
    build_encoder,
    build_mask_decoder,
)
from sambench.models.sam.resizing import interpolated

_RELEASED = {
    "low_level": "scrambled",
    "gate_before": "column",
    "gate_parallel": "channel",
    "before": True,
    "prompt": "prototype",
    "similarity": "dot",
}
_UNGATED = {
    **_RELEASED,
    "gate_before": "none",
    "gate_parallel": "none",
    "prompt": "learned",
}

# "released" is the published code. The ablations take its parts away again, in the
# order in which the paper adds them: prototype prompt, gates, low-level features.
# "as_written" is what the paper's text and figure say: one adapter a block, low-level
# features at their own place and unweighted, gates of channels, cosine similarity.
VARIANTS: dict[str, dict[str, Any]] = {
    "released": _RELEASED,
    "filter": {**_RELEASED, "prompt": "learned"},
    "low_level": _UNGATED,
    "baseline": {**_UNGATED, "low_level": "none"},
    "as_written": {
        **_RELEASED,
        "low_level": "aligned",
        "before": False,
        "similarity": "cosine",
    },
}


_OF_PROMPT = ("prompt", "similarity")


class DapsamParts(NamedTuple):
    """What a forward pass computes on its way.

    Attributes
    ----------
    embedding : Tensor, `(B, K, g, g)`
        Embedding of the image, g = image size / 16.
    dense_prompt : Tensor, `(B, K, g, g)`
        Added to the embedding in the decoder.
    low_res_logits : Tensor, `(B, C, 4g, 4g)`
        Before enlargement.
    iou_predictions : Tensor, `(B, C)`
        Predicted IoU of the decoder's quality head, which no loss trains.
    """

    embedding: Tensor
    dense_prompt: Tensor
    low_res_logits: Tensor
    iou_predictions: Tensor


class Dapsam(nn.Module):
    """SAM's encoder with adapters, a prompt made from the image, SAM's decoder.

    Parameters
    ----------
    size, image_size
        Size of the backbone, and side of the images in pixels.
    structures : int
        Channels of logits: each has a mask token and its own hypernetwork.
    options : dict
        A value of `VARIANTS`.
    items : int
        Number of items of the prototype prompt's memory.
    """

    def __init__(
        self,
        size: SamSize,
        image_size: int,
        structures: int,
        options: dict[str, Any],
        items: int = ITEMS,
    ):
        super().__init__()
        encoder = {n: v for n, v in options.items() if n not in _OF_PROMPT}
        self.size, self.image_size, self.options = size, image_size, options
        self.image_encoder = build_encoder(size, image_size, DapsamEncoder, **encoder)
        self.mask_decoder = build_mask_decoder(size, structures)
        if options["prompt"] == "prototype":
            self.prompt_generator = PrototypePrompt(
                size.channels, items, similarity=options["similarity"]
            )
        else:
            self.prompt_generator = LearnedPrompt(size.channels)

    def forward(self, images: Tensor) -> Tensor:
        """Segment images `(B, 3, S, S)`, each normalised: logits `(B, C, S, S)`."""
        return self.enlarge(self.decode(self.image_encoder(images)).low_res_logits)

    def decode(self, embedding: Tensor) -> DapsamParts:
        """Compute low-resolution logits from the image embedding."""
        dense = self.prompt_generator(embedding)
        with full_precision(embedding.device):
            position = self.prompt_generator.position(embedding.shape[-2:])[None]
        no_points = embedding.new_empty(1, 0, embedding.shape[1])
        # One set of tokens for the batch: the decoder's attention spreads it
        logits, quality = self.mask_decoder.predict_masks(
            image_embeddings=embedding,
            image_pe=position,
            sparse_prompt_embeddings=no_points,
            dense_prompt_embeddings=dense,
        )
        return DapsamParts(embedding, dense, logits, quality)

    def enlarge(self, low_res_logits: Tensor) -> Tensor:
        """Enlarge logits bilinearly to the size of the images."""
        return interpolated(low_res_logits, (self.image_size, self.image_size))


def build_dapsam(
    *,
    structures: int,
    image_size: int,
    size: SamSize | None = None,
    variant: str = "released",
    checkpointing: bool = False,
) -> Dapsam:
    """Build DAPSAM with random weights and SAM's part of its encoder frozen.

    Parameters
    ----------
    structures : int
        Channels of logits.
    image_size : int
        Side of the images in pixels: 384 for prostate, 512 for fundus photographs.
    size : SamSize, optional
        Size of the backbone, by default ViT-B.
    variant : str
        A name in `VARIANTS`.
    checkpointing : bool
        Spend a second forward pass on less memory in training.

    Raises
    ------
    InputError
        If the variant is not known or the image size is not a multiple of 16.
    """
    options = find_named(VARIANTS, variant, "the recipe's variant", "variant")
    network = Dapsam(size or SIZES["vit_b"], image_size, structures, options)
    network.image_encoder.freeze()
    network.image_encoder.checkpointing = checkpointing
    return network
