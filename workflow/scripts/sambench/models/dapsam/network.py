"""The DAPSAM network and its variants."""

from typing import Any

from torch import Tensor, nn

from sambench.errors import find_named
from sambench.models.dapsam.encoder import DapsamEncoder
from sambench.models.dapsam.prototype import ITEMS, LearnedPrompt, PrototypePrompt
from sambench.models.full_precision import full_precision
from sambench.models.sam.build import SamSize, build_encoder, build_mask_decoder
from sambench.models.sam.decoding import decode_tokens
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


class Dapsam(nn.Module):
    """SAM's encoder with adapters, a prompt made from the image, SAM's decoder.

    Parameters
    ----------
    size, image_size
        Size of the backbone, and side of the images in pixels, a multiple of 16: 384
        for prostate, 512 for fundus photographs.
    structures : int
        Channels of logits: each has a mask token and its own hypernetwork.
    variant : str
        A name in `VARIANTS`.
    items : int
        Number of items of the prototype prompt's memory.
    checkpointing : bool
        Spend a second forward pass on less memory in training.

    Raises
    ------
    InputError
        If the variant is not known or the image size is not a multiple of 16.
    """

    def __init__(
        self,
        size: SamSize,
        image_size: int,
        structures: int,
        variant: str = "released",
        *,
        items: int = ITEMS,
        checkpointing: bool = False,
    ):
        super().__init__()
        options = find_named(VARIANTS, variant, "the recipe's variant", "variant")
        encoder = dict(options)
        prompt, similarity = encoder.pop("prompt"), encoder.pop("similarity")
        self.size, self.image_size, self.variant = size, image_size, variant
        self.image_encoder = build_encoder(size, image_size, DapsamEncoder, **encoder)
        self.image_encoder.freeze()
        self.image_encoder.checkpointing = checkpointing
        self.mask_decoder = build_mask_decoder(size, structures)
        if prompt == "prototype":
            self.prompt_generator = PrototypePrompt(size.channels, items, similarity)
        else:
            self.prompt_generator = LearnedPrompt(size.channels)

    def forward(self, images: Tensor) -> Tensor:
        """Segment images `(B, 3, S, S)`, each normalised: logits `(B, C, S, S)`."""
        embedding = self.image_encoder(images)
        logits, _, _ = self.decode(embedding, judged=False)
        return self.enlarge(logits)

    def decode(
        self, embedding: Tensor, judged: bool = True
    ) -> tuple[Tensor, Tensor | None, Tensor]:
        """Decode the image embedding `(B, K, g, g)`, g = image size / 16.

        Returns
        -------
        logits : Tensor, `(B, C, 4g, 4g)`
            Before enlargement.
        quality : Tensor, `(B, C)`, optional
            If `judged`, predicted IoU of the decoder's quality head, which no loss
            trains.
        dense_prompt : Tensor, `(B, K, g, g)`
            Added to the embedding in the decoder.
        """
        dense = self.prompt_generator(embedding)
        with full_precision(embedding.device):
            position = self.prompt_generator.position(embedding.shape[-2:])[None]
        no_points = embedding.new_empty(1, 0, embedding.shape[1])
        # One set of tokens for the batch: the decoder's attention spreads it
        logits, quality = decode_tokens(
            self.mask_decoder, embedding, position, no_points, dense, judged
        )
        return logits, quality, dense

    def enlarge(self, low_res_logits: Tensor) -> Tensor:
        """Enlarge logits bilinearly to the size of the images."""
        return interpolated(low_res_logits, (self.image_size, self.image_size))
