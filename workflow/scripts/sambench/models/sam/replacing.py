"""Decoders with another number of masks, and what is trained without prompts."""

from torch import nn

from sambench.models.sam.build import SamSize, build_mask_decoder
from sambench.models.sam.package import MaskDecoder

# Of another shape, or new, if the number of masks is another
PER_MASK = ("mask_tokens", "output_hypernetworks_mlps", "iou_prediction_head")


def replace_decoder(
    sam: nn.Module, size: SamSize, n_masks: int, kind: type[MaskDecoder] = MaskDecoder
) -> None:
    """Replace the decoder of a SAM by one of more or fewer masks, in place.

    As SAMed does, SAM's weights are kept but for mask tokens, hypernetworks and quality
    head, and for layers of another shape.

    Parameters
    ----------
    sam : nn.Module
        With its weights.
    size : SamSize
        Size of the SAM.
    n_masks : int
        Mask tokens.
    kind : type
        `MaskDecoder` or a class derived from it.
    """
    with sam.mask_decoder.iou_token.weight.device:
        decoder = build_mask_decoder(size, n_masks, kind)
    own = decoder.state_dict()
    kept = {
        name: tensor
        for name, tensor in sam.mask_decoder.state_dict().items()
        if not name.startswith(PER_MASK)
        and name in own
        and own[name].shape == tensor.shape
    }
    decoder.load_state_dict(kept, strict=False)
    sam.mask_decoder = decoder


def train_without_prompts(sam: nn.Module) -> None:
    """Train the decoder but for its quality head, and the embedding for "no prompt"."""
    sam.requires_grad_(False)
    sam.mask_decoder.requires_grad_(True)
    sam.mask_decoder.iou_prediction_head.requires_grad_(False)
    sam.prompt_encoder.no_mask_embed.requires_grad_(True)
