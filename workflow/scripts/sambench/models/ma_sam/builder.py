"""Build MA-SAM from a recipe, with pretrained weights."""

from pathlib import Path
from typing import Annotated, Any

from torch import nn

from sambench.models.ma_sam.decoder import FullSizeDecoder
from sambench.models.ma_sam.encoder import add_ma_sam
from sambench.models.sam.automatic import SoftmaxSam
from sambench.models.sam.build import SamSize
from sambench.models.sam.frame import frame_of
from sambench.models.sam.pretrained import load_backbone, vit_size
from sambench.models.sam.replacing import replace_decoder, train_without_prompts


def build(
    *,
    structures: int,
    backbone: Annotated[str, "sambench.models.sam.backbones:BACKBONES"],
    weights: Path,
    image_size: int = 512,
    scaling: Annotated[str, "sambench.models.sam.scaling:SCALINGS"] = "unit",
    checkpointing: bool = False,
    rank: Annotated[int, {"minimum": 1}] = 32,
    scale: float = 1.0,
    dropout: Annotated[float, {"minimum": 0, "maximum": 1}] = 0.1,
    slices: Annotated[int, {"minimum": 1}] = 5,
) -> SoftmaxSam:
    """Build MA-SAM on a pretrained SAM.

    Parameters
    ----------
    structures : int
        Classes beside the background; a pixel is of the last listed that it lies in.
    backbone : str
        A name in `BACKBONES` with a ViT.
    weights : Path
        Weights of the backbone.
    image_size : int
        Side of the network's images in pixels.
    scaling : str
        How images are scaled, a name in `SCALINGS`: the code leaves them in 0..1.
    checkpointing : bool
        Spend a second forward pass on less memory in training.
    rank, scale, dropout
        Rank, scale and dropout of the tensor-train changes of q and v.
    slices : int
        Neighbouring slices of a window; the recipe's `input.context`.
    """
    sam = load_backbone(backbone, weights, image_size)
    sam.image_encoder.checkpointing = checkpointing
    options = {"rank": rank, "scale": scale, "dropout": dropout, "slices": slices}
    adapt(sam, vit_size(backbone), structures + 1, **options)
    frame = frame_of(backbone, image_size, scaling, resizing="bilinear")
    return SoftmaxSam(sam, frame)


def adapt(sam: nn.Module, size: SamSize, n_masks: int, **options: Any) -> None:
    """Freeze and extend a SAM as MA-SAM does, in place.

    Parameters
    ----------
    sam : nn.Module
        With its weights.
    size : SamSize
        Size of the SAM.
    n_masks : int
        Classes with the background.
    **options
        Arguments of `add_ma_sam`.
    """
    replace_decoder(sam, size, n_masks, FullSizeDecoder)
    train_without_prompts(sam)
    add_ma_sam(sam.image_encoder, **options)
