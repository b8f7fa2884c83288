"""Build DAPSAM from a recipe, with pretrained weights."""

from pathlib import Path
from typing import Annotated

from sambench.models.dapsam.network import build_dapsam
from sambench.models.dapsam.weights import load_published, load_sam
from sambench.models.sam.checkpoints import read_checkpoint
from sambench.models.sam.pretrained import read_backbone, vit_of
from sambench.models.sam.resized import Resized


def build(
    *,
    structures: int,
    backbone: Annotated[str, "sambench.models.sam.backbones:BACKBONES"],
    weights: Path,
    image_size: int,
    variant: Annotated[str, "sambench.models.dapsam.network:VARIANTS"] = "released",
    checkpointing: bool = False,
    published: bool = False,
) -> Resized:
    """Build DAPSAM on a pretrained SAM, or with the weights its authors published.

    Parameters
    ----------
    structures : int
        Channels of logits.
    backbone : str
        A name in `BACKBONES` with a ViT.
    weights : Path
        Weights of the backbone; of DAPSAM as a whole where `published`.
    image_size : int
        Side of the network's images in pixels.
    variant : str
        See `models.dapsam.network.VARIANTS`.
    checkpointing : bool
        Spend a second forward pass on less memory in training.
    published : bool
        The weights are the authors'; nothing is trained.
    """
    network = build_dapsam(
        structures=structures,
        image_size=image_size,
        backbone=vit_of(backbone),
        variant=variant,
        checkpointing=checkpointing,
    )
    if published:
        load_published(network, read_checkpoint(Path(weights)), weights)
        network.requires_grad_(False)
    else:
        load_sam(network, read_backbone(backbone, weights), weights)
    return Resized(network, image_size)
