"""Build DB-SAM from a recipe, and give it SAM's weights."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from torch import Tensor

from sambench.errors import unknown_name
from sambench.models.dbsam.network import DualBranchSam
from sambench.models.dbsam.presets import PRESETS
from sambench.models.sam.backbones import find_backbone
from sambench.models.sam.box_region import read_boxes_as_regions
from sambench.models.sam.build import SamSize, build_sam
from sambench.models.sam.frame import frame_of
from sambench.models.sam.network import PromptableSam
from sambench.models.sam.positions import resize_positions
from sambench.models.sam.pretrained import read_backbone, vit_size
from sambench.weights.fitting import refuse_misfit

_ENCODER = "image_encoder."
_OF_SAM = ("vit", "prompt_encoder", "mask_decoder")


class PromptableDualBranch(PromptableSam):
    """Encode a slice once with both branches, decode each structure's prompt.

    What may be computed before is not the embedding, which changes in training, but
    what the frozen first stage makes of a slice.
    """

    def forward(
        self, images: Tensor, prompts: Any = None, cached: Tensor | None = None
    ) -> Tensor:
        """Segment what the prompts mark.

        Parameters
        ----------
        images, prompts
            As for `PromptableSam`; the convolution branch reads the images in any case.
        cached : Tensor, `(B, g, g, c)`, optional
            What `encode` gave for these images.

        Returns
        -------
        Tensor, `(B, C, H, W)`
            Logits, a channel per structure of the prompts.
        """
        prefix = None if cached is None else self.cast(cached)
        embeddings = self.sam.image_encoder(self.frame.enter(images), prefix)
        return self.answer(embeddings, prompts, images.shape[-2:])

    def encode(self, images: Tensor) -> Tensor:
        """Compute what the frozen first stage makes of slices `(B, 3, H, W)`.

        Returns
        -------
        Tensor, `(B, g, g, c)`
        """
        return self.sam.image_encoder.prefix(self.frame.enter(images))


def build(
    *,
    backbone: Annotated[str, "sambench.models.sam.backbones:BACKBONES"],
    weights: Path,
    image_size: int | None = None,
    **options: Annotated[Any, "sambench.models.dbsam.builder:build_dbsam"],
) -> PromptableDualBranch:
    """Build DB-SAM on a pretrained SAM with a ViT.

    The side of the network's images in pixels is by default the backbone's; options are
    those of `build_dbsam`.
    """
    size, found = vit_size(backbone), find_backbone(backbone)
    sam = build_dbsam(size, image_size or found.image_size, **options)
    load_sam(sam, read_backbone(backbone, weights), size, weights)
    if found.box_regions:
        read_boxes_as_regions(sam)
    return PromptableDualBranch(sam, frame_of(backbone, image_size))


def build_dbsam(
    size: SamSize | str,
    image_size: int,
    *,
    preset: Annotated[str, "sambench.models.dbsam.presets:PRESETS"] = "dbsam",
    train_prompt_encoder: bool = False,
    checkpointing: bool = False,
    **changes: Annotated[Any, "sambench.models.dbsam.encoder:DualBranchEncoder"],
) -> DualBranchSam:
    """Build DB-SAM with random weights and SAM's ViT frozen.

    Parameters
    ----------
    size : SamSize or str
        Size of the backbone, or the name of a published one.
    image_size : int
        Side of the images in pixels, a multiple of 16.
    preset : str
        A name in `PRESETS`.
    train_prompt_encoder : bool
        As the released code does; the paper freezes it.
    checkpointing : bool
        Spend a second forward pass on less memory in training; ``dbsam_released`` does
        so in any case.
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
        build_sam(size, image_size),
        train_prompt_encoder=train_prompt_encoder,
        **arguments,
    )


def load_sam(
    network: DualBranchSam,
    state: Mapping[str, Tensor],
    size: SamSize,
    where: object = "the SAM weights",
) -> list[str]:
    """Load the weights of a SAM into DB-SAM; what SAM has not stays as it is.

    Position tables are resized to the network's images.

    Returns
    -------
    list of str
        The tensors that stay as they were: the adapter's.

    Raises
    ------
    InputError
        If a tensor of SAM is missing, left over or of another shape.
    """
    state = resize_positions(state, size, network.image_encoder.vit.img_size)
    renamed = {
        f"{_ENCODER}vit.{name.removeprefix(_ENCODER)}"
        if name.startswith(_ENCODER)
        else name: tensor
        for name, tensor in state.items()
    }
    own = network.state_dict()
    added = [n for n in own if not n.removeprefix(_ENCODER).startswith(_OF_SAM)]
    of_sam = {name: own[name] for name in own.keys() - set(added)}
    remedy = "Give the weights that belong to the backbone"
    refuse_misfit(renamed, of_sam, where, "the recipe's backbone", remedy)
    network.load_state_dict(renamed, strict=False)
    return added
