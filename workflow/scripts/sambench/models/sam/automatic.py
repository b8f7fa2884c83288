"""SAMs without prompts, whose mask tokens are their channels of logits."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from torch import Tensor, nn

from sambench.models.full_precision import full_precision
from sambench.models.sam.build import SamSize, build_mask_decoder
from sambench.models.sam.decoding import decode_tokens
from sambench.models.sam.frame import Frame, frame_of
from sambench.models.sam.package import MaskDecoder
from sambench.models.sam.pretrained import load_backbone, vit_size

# Of another shape, or new, if the number of masks is another
PER_MASK = ("mask_tokens", "output_hypernetworks_mlps", "iou_prediction_head")


class SoftmaxSam(nn.Module):
    """A SAM of classes that exclude each other; mask 0 is the background.

    Its logits are those of the classes less that of the background: a softmax over them
    and a zero is the softmax over all masks. In training they come on the decoder's own
    grid, on which SAMed and MA-SAM compute their loss, padding taken off.

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
        """Segment slices `(B, 3, H, W)`, 0 to 255: relative logits `(B, C, H, W)`.

        In training they are `(B, C, h, w)`, as the decoder gives them.
        """
        embeddings = self.sam.image_encoder(self.frame.enter(images))
        logits, _ = self.decode(embeddings, judged=False)
        relative = logits[:, 1:] - logits[:, :1]
        bring_back = self.frame.crop if self.training else self.frame.leave
        return bring_back(relative, images.shape[-2:])

    def decode(
        self, embeddings: Tensor, judged: bool = True
    ) -> tuple[Tensor, Tensor | None]:
        """Decode embeddings `(B, c, g, g)`; see `decode_without_prompt`."""
        decoder, encoder = self.sam.mask_decoder, self.sam.prompt_encoder
        return decode_without_prompt(
            decoder, embeddings, encoder.pe_layer, encoder.no_mask_embed, judged
        )


def decode_without_prompt(
    decoder: nn.Module,
    embeddings: Tensor,
    positions: nn.Module,
    no_mask: nn.Embedding,
    judged: bool = True,
) -> tuple[Tensor, Tensor | None]:
    """Decode embeddings `(B, c, g, g)` by a SAM's decoder, without a prompt.

    Parameters
    ----------
    positions : nn.Module
        Random position encoding of the grid.
    no_mask : nn.Embedding
        What stands for a mask prompt that is not there.
    judged : bool
        Predict the quality, too.

    Returns
    -------
    logits, quality : Tensor, `(B, M, s, s)` and, if `judged`, `(B, M)`
        Logits and predicted intersection over union of every mask.
    """
    with full_precision(embeddings.device):
        position = positions(embeddings.shape[-2:])[None]
    no_points = embeddings.new_empty(len(embeddings), 0, embeddings.shape[1])
    dense = no_mask.weight[..., None, None]
    return decode_tokens(decoder, embeddings, position, no_points, dense, judged)


def build_softmax_sam(
    adapt: Callable[[nn.Module, SamSize, int], None],
    *,
    structures: int,
    backbone: Annotated[str, "sambench.models.sam.backbones:BACKBONES"],
    weights: Path,
    image_size: int = 512,
    scaling: Annotated[str, "sambench.models.sam.scaling:SCALINGS"] = "unit",
    checkpointing: bool = False,
) -> SoftmaxSam:
    """Build a `SoftmaxSam` on a pretrained SAM.

    Parameters
    ----------
    adapt : callable
        Extends a SAM of a size, with its weights, for so many classes, in place.
    structures : int
        Classes beside the background; a pixel is of the last listed that it lies in.
    backbone, weights, image_size, scaling, checkpointing
        As for `build_promptable`; a backbone with a ViT.
    """
    size = vit_size(backbone)
    sam = load_backbone(backbone, weights, image_size, checkpointing)
    adapt(sam, size, structures + 1)
    return SoftmaxSam(sam, frame_of(backbone, image_size, scaling, resizing="bilinear"))


def replace_decoder(
    sam: nn.Module, size: SamSize, n_masks: int, kind: type[MaskDecoder] = MaskDecoder
) -> None:
    """Replace the decoder of a SAM by one of a number of masks, and train it.

    As SAMed does, SAM's weights are kept but for mask tokens, hypernetworks and quality
    head, and for layers of another shape. The quality head and all else are frozen, but
    for the embedding for "no prompt". `kind` is a class derived from `MaskDecoder`.
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
    sam.requires_grad_(False)
    decoder.requires_grad_(True)
    decoder.iou_prediction_head.requires_grad_(False)
    sam.prompt_encoder.no_mask_embed.requires_grad_(True)
