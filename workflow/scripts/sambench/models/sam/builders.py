"""Build SAMs from recipes, prompted or not, with pretrained weights."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from sambench.models.sam.automatic import AutomaticSam
from sambench.models.sam.backbones import find_backbone
from sambench.models.sam.build import build_mask_decoder, sam_size
from sambench.models.sam.frame import frame_of
from sambench.models.sam.network import PromptableSam
from sambench.models.sam.pretrained import load_backbone
from sambench.models.sam.tuning import tune

_PER_MASK = ("mask_tokens", "output_hypernetworks_mlps", "iou_prediction_head")
FROZEN = {"name": "frozen"}


def build_promptable(
    *,
    backbone: Annotated[str, "sambench.models.sam.backbones:BACKBONES"],
    weights: Path,
    tuning: Annotated[Mapping[str, Any], "sambench.models.sam.tuning:TUNINGS"] = FROZEN,
    image_size: int | None = None,
    checkpointing: bool = False,
    scaling: Annotated[str, "sambench.models.sam.scaling:SCALINGS"] | None = None,
    grid: Annotated[Mapping, "sambench.models.sam.grid:GridFilter"] | None = None,
) -> PromptableSam:
    """Build a SAM that answers a prompt per structure.

    Parameters
    ----------
    backbone : str
        A name in `BACKBONES`.
    weights : Path
        Of the backbone.
    tuning : mapping
        What is trained, see `tune`.
    image_size : int, optional
        Side of the network's images in pixels; by default the backbone's.
    checkpointing : bool
        Spend a second forward pass on less memory in training.
    scaling : str, optional
        How images are scaled, by default as the weights expect.
    grid : mapping, optional
        Arguments of `GridFilter`.
    """
    sam = load_backbone(backbone, weights, image_size)
    sam.image_encoder.checkpointing = checkpointing
    tune(sam, dict(tuning))
    return PromptableSam(sam, frame_of(backbone, image_size, scaling), grid)


def build_automatic(
    *,
    structures: int,
    backbone: Annotated[str, "sambench.models.sam.backbones:BACKBONES"],
    weights: Path,
    tuning: Annotated[Mapping[str, Any], "sambench.models.sam.tuning:TUNINGS"],
    image_size: int | None = None,
    checkpointing: bool = False,
) -> AutomaticSam:
    """Build a SAM without prompts, a mask token per structure.

    What fits of SAM's decoder is kept: all but mask tokens, hypernetworks and quality
    head, as SAMed does. The arguments are those of `build_promptable`.
    """
    sam = load_backbone(backbone, weights, image_size)
    old = sam.mask_decoder.state_dict()
    size = sam_size(find_backbone(backbone).size)
    sam.mask_decoder = build_mask_decoder(size, structures)
    kept = {n: t for n, t in old.items() if not n.startswith(_PER_MASK)}
    sam.mask_decoder.load_state_dict(kept, strict=False)
    sam.image_encoder.checkpointing = checkpointing
    tune(sam, dict(tuning))
    return AutomaticSam(sam, frame_of(backbone, image_size))
