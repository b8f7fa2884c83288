"""Build the SAM family from recipes, with pretrained weights."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sambench.errors import InputError
from sambench.models.dapsam.network import build_dapsam as _build_dapsam
from sambench.models.dapsam.weights import load_published
from sambench.models.dapsam.weights import load_sam as _load_into_dapsam
from sambench.models.dbsam.build import build_dbsam as _build_dbsam
from sambench.models.dbsam.build import load_sam as _load_into_dbsam
from sambench.models.promptable.automatic import AutomaticSam, Resized
from sambench.models.promptable.backbones import (
    find_backbone,
    load_backbone,
    read_backbone,
)
from sambench.models.promptable.box_region import read_boxes_as_regions
from sambench.models.promptable.dual_branch import PromptableDualBranch
from sambench.models.promptable.frame import Frame
from sambench.models.promptable.network import PromptableSam
from sambench.models.promptable.tuning import tune
from sambench.models.sam.build import build_mask_decoder, sam_size


def build_promptable(
    *,
    structures: int,
    backbone: str,
    weights: Path,
    tuning: Mapping[str, Any],
    image_size: int | None = None,
    checkpointing: bool = False,
    scaling: str | None = None,
    grid: Mapping[str, Any] | None = None,
) -> PromptableSam:
    """Build a SAM that answers a prompt per structure.

    Parameters
    ----------
    structures : int
        Not used: the network answers whatever it is asked.
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
    return PromptableSam(sam, _frame(backbone, image_size, scaling), grid)


def build_automatic(
    *,
    structures: int,
    backbone: str,
    weights: Path,
    tuning: Mapping[str, Any],
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
    return AutomaticSam(sam, _frame(backbone, image_size))


def build_dapsam(
    *,
    structures: int,
    backbone: str,
    weights: Path,
    image_size: int,
    variant: str = "released",
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
        Of the backbone; of DAPSAM as a whole where `published`.
    image_size : int
        Side of the network's images in pixels.
    variant : str
        See `models.dapsam.network.VARIANTS`.
    checkpointing : bool
        Spend a second forward pass on less memory in training.
    published : bool
        The weights are the authors'; nothing is trained.
    """
    network = _build_dapsam(
        structures=structures,
        image_size=image_size,
        backbone=_vit(backbone),
        variant=variant,
        checkpointing=checkpointing,
    )
    if published:
        from sambench.models.sam.checkpoints import read_checkpoint

        load_published(network, read_checkpoint(Path(weights)))
        network.requires_grad_(False)
    else:
        _load_into_dapsam(network, read_backbone(backbone, weights))
    return Resized(network, image_size)


def build_dbsam(
    *,
    structures: int,
    backbone: str,
    weights: Path,
    preset: str = "dbsam",
    image_size: int | None = None,
    train_prompt_encoder: bool = False,
    checkpointing: bool = False,
    cache_prefix: bool = False,
    **changes: Any,
) -> PromptableDualBranch:
    """Build DB-SAM on a pretrained SAM.

    Parameters
    ----------
    structures : int
        Not used: the network gives a mask per box.
    backbone : str
        A name in `BACKBONES` with a ViT.
    weights : Path
        Of the backbone.
    preset : str
        See `models.dbsam.presets.PRESETS`.
    image_size : int, optional
        Side of the network's images in pixels; by default the backbone's.
    train_prompt_encoder : bool
        As the released code does; the paper freezes it.
    checkpointing : bool
        Spend a second forward pass on less memory in training.
    cache_prefix : bool
        Not used: the network takes prefixes wherever they are given.
    **changes
        Arguments of `DualBranchEncoder` that differ from the preset's.
    """
    size = _vit(backbone)
    sam = _build_dbsam(
        structures=structures,
        image_size=image_size or find_backbone(backbone).image_size,
        backbone=size,
        preset=preset,
        train_prompt_encoder=train_prompt_encoder,
        checkpointing=checkpointing,
        **changes,
    )
    _load_into_dbsam(sam, read_backbone(backbone, weights), backbone=size)
    if find_backbone(backbone).box_regions:
        read_boxes_as_regions(sam)
    return PromptableDualBranch(sam, _frame(backbone, image_size))


_PER_MASK = ("mask_tokens", "output_hypernetworks_mlps", "iou_prediction_head")


def _frame(backbone: str, image_size: int | None, scaling: str | None = None) -> Frame:
    found = find_backbone(backbone)
    return Frame(image_size or found.image_size, scaling or found.scaling)


def _vit(backbone: str) -> str:
    size = find_backbone(backbone).size
    if size == "tiny_vit":
        raise InputError(
            where="the recipe's network",
            found=f"the backbone '{backbone}'",
            expected="a backbone with SAM's ViT",
            remedy="Choose vit_b, vit_l, vit_h, medsam, medsam_v0 or sam_nano",
        )
    return size
