"""Build SAMed from a recipe, with pretrained weights."""

from pathlib import Path
from typing import Annotated

from torch import nn

from sambench.models.sam.automatic import SoftmaxSam
from sambench.models.sam.frame import frame_of
from sambench.models.sam.pretrained import load_backbone, vit_size
from sambench.models.sam.replacing import replace_decoder, train_without_prompts
from sambench.models.samed.low_rank import add_low_rank


def build(
    *,
    structures: int,
    backbone: Annotated[str, "sambench.models.sam.backbones:BACKBONES"],
    weights: Path,
    rank: Annotated[int, {"minimum": 1}] = 4,
    image_size: int = 512,
    scaling: Annotated[str, "sambench.models.sam.scaling:SCALINGS"] = "unit",
    checkpointing: bool = False,
) -> SoftmaxSam:
    """Build SAMed on a pretrained SAM.

    Parameters
    ----------
    structures : int
        Classes beside the background; a pixel is of the last listed that it lies in.
    backbone : str
        A name in `BACKBONES` with a ViT.
    weights : Path
        Weights of the backbone.
    rank : int
        Rank of the changes.
    image_size : int
        Side of the network's images in pixels.
    scaling : str
        How images are scaled, a name in `SCALINGS`: the code leaves them in 0..1.
    checkpointing : bool
        Spend a second forward pass on less memory in training.
    """
    sam = load_backbone(backbone, weights, image_size)
    replace_decoder(sam, vit_size(backbone), structures + 1)
    sam.image_encoder.checkpointing = checkpointing
    adapt(sam, rank)
    frame = frame_of(backbone, image_size, scaling, resizing="bilinear")
    return SoftmaxSam(sam, frame)


def adapt(sam: nn.Module, rank: int) -> None:
    """Freeze and extend a SAM as SAMed does, in place.

    The code trains all of the prompt encoder and the quality head too, of which
    only the embedding for "no prompt" ever gets a gradient.
    """
    train_without_prompts(sam)
    add_low_rank(sam.image_encoder, rank)
