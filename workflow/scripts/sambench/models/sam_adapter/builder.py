"""Build SAM-Adapter from a recipe, with pretrained weights."""

from pathlib import Path
from typing import Annotated, Literal

from sambench.models.sam.frame import frame_of
from sambench.models.sam.pretrained import load_backbone, vit_of
from sambench.models.sam_adapter.network import SamAdapter


def build(
    *,
    structures: int,
    backbone: Annotated[str, "sambench.models.sam.backbones:BACKBONES"],
    weights: Path,
    variant: Literal["released", "intended"] = "released",
    image_size: int | None = None,
    checkpointing: bool = False,
) -> SamAdapter:
    """Build SAM-Adapter on a pretrained SAM.

    Parameters
    ----------
    structures : int
        Masks of the decoder that are used, at most four.
    backbone : str
        A name in `BACKBONES` with a ViT.
    weights : Path
        Weights of the backbone.
    variant : str
        See `models.sam_adapter.network.VARIANTS`.
    image_size : int, optional
        Side of the network's images in pixels; by default the backbone's.
    checkpointing : bool
        Spend a second forward pass on less memory in training.
    """
    vit_of(backbone)
    sam = load_backbone(backbone, weights, image_size)
    sam.image_encoder.checkpointing = checkpointing
    return SamAdapter(sam, frame_of(backbone, image_size), structures, variant)
