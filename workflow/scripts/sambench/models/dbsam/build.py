"""Build DB-SAM from a recipe, and give it SAM's weights."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from sambench.errors import InputError, unknown_name
from sambench.models.dbsam.network import DualBranchSam
from sambench.models.dbsam.presets import PRESETS
from sambench.models.sam.build import build_sam, sam_size
from sambench.models.sam.positions import resize_positions

_ENCODER = "image_encoder."
_OF_SAM = ("vit", "prompt_encoder", "mask_decoder")


def build_dbsam(
    *,
    image_size: int = 1024,
    backbone: str = "vit_b",
    preset: str = "dbsam",
    train_prompt_encoder: bool = False,
    checkpointing: bool = False,
    sizes: Mapping[str, Any] | None = None,
    **changes: Any,
) -> DualBranchSam:
    """Build DB-SAM with random weights and SAM's ViT frozen.

    Parameters
    ----------
    image_size : int
        Side of the images in pixels, a multiple of 16.
    backbone : str
        Size of SAM: ``"vit_b"``, ``"vit_l"``, ``"vit_h"`` or ``"nano"``.
    preset : str
        A name in `PRESETS`.
    train_prompt_encoder : bool
        As the released code does; the paper freezes it.
    checkpointing : bool
        Spend a second forward pass on less memory in training; ``dbsam_released`` does
        so in any case.
    sizes : mapping, optional
        Changes of the backbone's sizes, see `SamSize`.
    **changes
        Other arguments of `DualBranchEncoder` that differ from the preset's.

    Raises
    ------
    InputError
        If a name is not known or the image size is not a multiple of 16.
    """
    if preset not in PRESETS:
        raise unknown_name("the recipe's network", "preset", preset, PRESETS)
    arguments = {**PRESETS[preset], **changes}
    arguments["checkpointing"] = arguments.get("checkpointing", False) or checkpointing
    return DualBranchSam(
        build_sam(sam_size(backbone, **(sizes or {})), image_size),
        train_prompt_encoder=train_prompt_encoder,
        **arguments,
    )


def load_sam(
    network: DualBranchSam,
    state: Mapping[str, Tensor],
    *,
    backbone: str = "vit_b",
    sizes: Mapping[str, Any] | None = None,
    where: object = "the SAM weights",
) -> list[str]:
    """Load the weights of a SAM into DB-SAM; what SAM has not stays as it is.

    Parameters
    ----------
    network : DualBranchSam
        Changed in place.
    state : mapping of str to Tensor
        With the names of the official checkpoints; position tables are resized to the
        network's images.
    backbone, sizes
        As given to `build_dbsam`.

    Returns
    -------
    list of str
        The tensors that stay as they were: the adapter's.

    Raises
    ------
    InputError
        If a tensor of SAM is missing, left over or of another shape.
    """
    size = sam_size(backbone, **(sizes or {}))
    state = resize_positions(state, size, network.image_encoder.vit.img_size)
    renamed = {
        name.replace(_ENCODER, f"{_ENCODER}vit.", 1)
        if name.startswith(_ENCODER)
        else name: tensor
        for name, tensor in state.items()
    }
    own = network.state_dict()
    added = [n for n in own if not n.removeprefix(_ENCODER).startswith(_OF_SAM)]
    expected = {n: tuple(t.shape) for n, t in own.items() if n not in set(added)}
    found = {name: tuple(tensor.shape) for name, tensor in renamed.items()}
    if found != expected:
        differing = sorted(dict(found.items() ^ expected.items()))
        raise InputError(
            where=where,
            found=f"{len(differing)} tensors that differ, such as {differing[0]}",
            expected=f"the tensors of {backbone}",
            remedy="Give the weights that belong to the backbone",
        )
    network.load_state_dict(renamed, strict=False)
    return added
