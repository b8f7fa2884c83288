"""Build SAMs from recipes, as they are or tuned, with pretrained weights."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from torch import nn

from sambench.models.sam.frame import frame_of
from sambench.models.sam.network import PromptableSam
from sambench.models.sam.pretrained import load_backbone


def frozen(sam: nn.Module) -> None:
    """Train nothing: zero-shot."""
    sam.requires_grad_(False)


def decoder(sam: nn.Module) -> None:
    """Train the mask decoder, as MedSAM v0 does."""
    sam.requires_grad_(False)
    sam.mask_decoder.requires_grad_(True)


def full(sam: nn.Module) -> None:
    """Train image encoder and mask decoder, as MedSAM v1 does."""
    sam.requires_grad_(True)
    sam.prompt_encoder.requires_grad_(False)


TUNINGS = {"frozen": frozen, "decoder": decoder, "full": full}
FROZEN = {"name": "frozen"}


def build_promptable(
    *,
    backbone: Annotated[str, "sambench.models.sam.backbones:BACKBONES"],
    weights: Path,
    tuning: Annotated[
        Mapping[str, Any], "sambench.models.sam.builders:TUNINGS"
    ] = FROZEN,
    image_size: int | None = None,
    checkpointing: bool = False,
    scaling: Annotated[str, "sambench.models.sam.scaling:SCALINGS"] | None = None,
    enlarge: Literal["direct", "as_sam", "probabilities"] = "direct",
    grid: Annotated[Mapping, "sambench.models.sam.grid:GridFilter"] | None = None,
    truncate_boxes: bool = False,
) -> PromptableSam:
    """Build a SAM that answers a prompt per structure.

    Parameters
    ----------
    backbone : str
        A name in `BACKBONES`.
    weights : Path
        Weights of the backbone.
    tuning : mapping
        `name` in `TUNINGS`: what is trained.
    image_size : int, optional
        Side of the network's images in pixels; by default the backbone's.
    checkpointing : bool
        Spend a second forward pass on less memory in training.
    scaling : str, optional
        How images are scaled, by default as the weights expect.
    enlarge : str
        How logits come back to the slices, a name in `ENLARGEMENTS`.
    grid : mapping, optional
        Arguments of `GridFilter`.
    truncate_boxes : bool
        Cut scaled boxes to whole pixels, as LiteMedSAM's test does.
    """
    sam = load_backbone(backbone, weights, image_size, checkpointing)
    TUNINGS[tuning["name"]](sam)
    frame = frame_of(backbone, image_size, scaling, enlarge)
    return PromptableSam(sam, frame, grid, truncate_boxes)
