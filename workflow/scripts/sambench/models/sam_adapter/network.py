"""SAM-Adapter: its encoder and SAM's decoder with its four masks."""

from typing import Any

from torch import Tensor, nn

from sambench.errors import InputError, unknown_name
from sambench.models.full_precision import full_precision
from sambench.models.sam.decoding import decode_tokens
from sambench.models.sam.frame import Frame
from sambench.models.sam.package import PositionEmbeddingRandom
from sambench.models.sam_adapter.encoder import add_sam_adapter

# "released" is the published code: patch features are mixed up on their way, the
# embedding for "no prompt" and the position code of the image are not SAM's but random,
# as it looks for both under other names. "intended" is the same without either.
VARIANTS = ("released", "intended")


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
        A name in `VARIANTS`.

    Raises
    ------
    InputError
        If there are more structures than masks, or no such variant.
    """

    def __init__(
        self, sam: nn.Module, frame: Frame, structures: int, variant: str = "released"
    ):
        super().__init__()
        if variant not in VARIANTS:
            raise unknown_name("the recipe's network", "variant", variant, VARIANTS)
        available = sam.mask_decoder.num_mask_tokens
        if structures > available:
            raise InputError(
                where="SAM-Adapter",
                found=f"{structures} structures",
                expected=f"at most {available}, the masks of SAM's decoder",
                remedy="Train it on fewer structures",
            )
        released = variant == "released"
        add_sam_adapter(sam.image_encoder, mixed=released)
        encoder, decoder = sam.image_encoder, sam.mask_decoder
        decoder.requires_grad_(True)
        decoder.iou_prediction_head.requires_grad_(False)
        self.image_encoder, self.mask_decoder = encoder, decoder
        self.frame, self.structures = frame, structures
        width = decoder.transformer_dim
        with encoder.pos_embed.device:
            self.no_mask_embed = nn.Embedding(1, width)
            self.pe_layer = PositionEmbeddingRandom(width // 2)
        if not released:
            self.no_mask_embed.load_state_dict(
                sam.prompt_encoder.no_mask_embed.state_dict()
            )
            self.pe_layer.load_state_dict(sam.prompt_encoder.pe_layer.state_dict())

    def forward(
        self, images: Tensor, prompts: Any = None, cached: Tensor | None = None
    ) -> Tensor:
        """Segment slices `(B, 3, H, W)`, 0 to 255: logits `(B, C, H, W)`."""
        logits, _ = self.decode(self.image_encoder(self.frame.enter(images)))
        return self.frame.leave(logits[:, : self.structures], images.shape[-2:])

    def decode(self, embeddings: Tensor) -> tuple[Tensor, Tensor]:
        """Decode embeddings `(B, c, g, g)`: logits and quality of every mask."""
        with full_precision(embeddings.device):
            position = self.pe_layer(embeddings.shape[-2:])[None]
        return decode_tokens(
            self.mask_decoder,
            embeddings,
            position,
            embeddings.new_empty(len(embeddings), 0, embeddings.shape[1]),
            self.no_mask_embed.weight[..., None, None],
        )
