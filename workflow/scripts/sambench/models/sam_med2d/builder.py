"""Build SAM-Med2D from a recipe, on a SAM or with its published weights."""

from pathlib import Path
from typing import Annotated, Literal

from torch import nn

from sambench.models.sam.build import build_sam
from sambench.models.sam.frame import Frame
from sambench.models.sam.positions import load_sam_weights
from sambench.models.sam.pretrained import read_backbone, vit_size
from sambench.models.sam_med2d.encoder import add_sam_med2d
from sambench.models.sam_med2d.names import NAMES
from sambench.models.sam_med2d.network import SamMed2d


def build(
    *,
    backbone: Annotated[str, "sambench.models.sam.backbones:BACKBONES"],
    weights: Path,
    published: bool = False,
    image_size: int = 256,
    scaling: Annotated[str, "sambench.models.sam.scaling:SCALINGS"] = "mean_std_bgr",
    resizing: Literal["nearest", "bilinear", "pillow", "area"] = "nearest",
    checkpointing: bool = False,
) -> SamMed2d:
    """Build SAM-Med2D.

    Parameters
    ----------
    backbone : str
        A name in `BACKBONES` with a ViT.
    weights : Path
        Weights of the backbone; of SAM-Med2D as a whole where `published`.
    published : bool
        The weights are the authors'; nothing is trained.
    image_size : int
        Side of the network's images in pixels, an even multiple of the patch.
    scaling : str
        How images are scaled, a name in `SCALINGS`.
    resizing : str
        How slices are resized, a name in `RESIZINGS`.
    checkpointing : bool
        Spend a second forward pass on less memory in training.
    """
    size = vit_size(backbone)
    sam = build_sam(size, image_size)
    state = read_backbone(backbone, weights)
    if published:
        add_sam_med2d(sam.image_encoder)
        load_sam_weights(sam, NAMES.state_to_ours(state), size, weights)
        sam.requires_grad_(False)
    else:
        load_sam_weights(sam, state, size, weights)
        adapt(sam)
    sam.image_encoder.checkpointing = checkpointing
    return SamMed2d(sam, Frame(image_size, scaling, resizing=resizing))


def adapt(sam: nn.Module) -> None:
    """Freeze and extend a SAM as SAM-Med2D does, in place.

    Of the prompt encoder only the embeddings for "no mask" and for the corners of a box
    train: the code replaces those of points by new parameters in every forward pass, so
    that its optimiser never moves them, and no loss reaches the mask branch.
    """
    sam.requires_grad_(False)
    sam.mask_decoder.requires_grad_(True)
    prompts = sam.prompt_encoder
    for embedding in (prompts.no_mask_embed, *prompts.point_embeddings[2:]):
        embedding.requires_grad_(True)
    add_sam_med2d(sam.image_encoder)
