"""DB-SAM as a whole: the two-branch encoder before SAM's prompt encoder and decoder."""

from typing import Any

from torch import Tensor, nn

from sambench.models.dbsam.encoder import DualBranchEncoder
from sambench.models.sam.decoding import decode_prompts
from sambench.models.sam.package import Sam


class DualBranchSam(nn.Module):
    """A mask per box.

    Parameters
    ----------
    sam : Sam
        With its weights; its parts are taken over, and the mask decoder is trained.
    train_prompt_encoder : bool
        The released code trains it [C], the paper's figure shows it frozen [F].
    **encoder
        Arguments of `DualBranchEncoder`, e.g. one of `presets.PRESETS`.
    """

    def __init__(
        self,
        sam: Sam,
        *,
        train_prompt_encoder: bool = False,
        **encoder: Any,
    ):
        super().__init__()
        self.image_encoder = DualBranchEncoder(sam.image_encoder, **encoder)
        self.prompt_encoder = sam.prompt_encoder
        self.mask_decoder = sam.mask_decoder
        self.prompt_encoder.requires_grad_(train_prompt_encoder)
        self.mask_decoder.requires_grad_(True)

    def forward(
        self, images: Tensor, boxes: Tensor, prefix: Tensor | None = None
    ) -> Tensor:
        """Segment what boxes mark.

        Parameters
        ----------
        images : Tensor, `(B, 3, S, S)`
            Normalised with SAM's mean and deviation, of the ViT's size.
        boxes : Tensor, `(B, K, 4)`
            x0, y0, x1, y1 in pixels of `images`.
        prefix : Tensor, optional
            What `image_encoder.prefix` gave for these images.

        Returns
        -------
        Tensor, `(B, K, S / 4, S / 4)`
            Logits, a mask per box. The reference's loss and metrics use them at this
            size [C].
        """
        embeddings = self.image_encoder(images, prefix)
        logits, _ = decode_prompts(
            self.prompt_encoder,
            self.mask_decoder,
            embeddings.repeat_interleave(boxes.shape[1], 0),
            boxes=boxes.flatten(0, 1),
        )
        return logits[:, 0].unflatten(0, boxes.shape[:2])
