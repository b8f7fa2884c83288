"""Build DB-SAM from a recipe, with pretrained weights."""

from pathlib import Path
from typing import Annotated, Any

from sambench.models.dbsam.build import build_dbsam, load_sam
from sambench.models.dbsam.promptable import PromptableDualBranch
from sambench.models.sam.backbones import find_backbone
from sambench.models.sam.box_region import read_boxes_as_regions
from sambench.models.sam.frame import frame_of
from sambench.models.sam.pretrained import read_backbone, vit_of


def build(
    *,
    backbone: Annotated[str, "sambench.models.sam.backbones:BACKBONES"],
    weights: Path,
    preset: Annotated[str, "sambench.models.dbsam.presets:PRESETS"] = "dbsam",
    image_size: int | None = None,
    train_prompt_encoder: bool = False,
    checkpointing: bool = False,
    **changes: Annotated[Any, "sambench.models.dbsam.encoder:DualBranchEncoder"],
) -> PromptableDualBranch:
    """Build DB-SAM on a pretrained SAM.

    Parameters
    ----------
    backbone : str
        A name in `BACKBONES` with a ViT.
    weights : Path
        Weights of the backbone.
    preset : str
        See `models.dbsam.presets.PRESETS`.
    image_size : int, optional
        Side of the network's images in pixels; by default the backbone's.
    train_prompt_encoder : bool
        As the released code does; the paper freezes it.
    checkpointing : bool
        Spend a second forward pass on less memory in training.
    **changes
        Arguments of `DualBranchEncoder` that differ from the preset's.
    """
    size = vit_of(backbone)
    sam = build_dbsam(
        image_size=image_size or find_backbone(backbone).image_size,
        backbone=size,
        preset=preset,
        train_prompt_encoder=train_prompt_encoder,
        checkpointing=checkpointing,
        **changes,
    )
    load_sam(sam, read_backbone(backbone, weights), backbone=size, where=weights)
    if find_backbone(backbone).box_regions:
        read_boxes_as_regions(sam)
    return PromptableDualBranch(sam, frame_of(backbone, image_size))
