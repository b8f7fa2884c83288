"""Build DB-SAM from a recipe: a pretrained SAM whose encoder gets a second branch."""

from pathlib import Path
from typing import Annotated, Any

from torch import Tensor, nn

from sambench.errors import find_named
from sambench.models.dbsam.encoder import DualBranchEncoder
from sambench.models.dbsam.presets import PRESETS
from sambench.models.sam.frame import frame_of
from sambench.models.sam.network import PromptableSam
from sambench.models.sam.pretrained import load_backbone, vit_size


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
    **options: Annotated[Any, "sambench.models.dbsam.builder:adapt"],
) -> PromptableDualBranch:
    """Build DB-SAM on a pretrained SAM with a ViT.

    The side of the network's images in pixels is by default the backbone's; options are
    those of `adapt`.
    """
    vit_size(backbone)  # which refuses a backbone without a ViT
    sam = load_backbone(backbone, weights, image_size)
    adapt(sam, **options)
    return PromptableDualBranch(sam, frame_of(backbone, image_size))


def adapt(
    sam: nn.Module,
    *,
    preset: Annotated[str, "sambench.models.dbsam.presets:PRESETS"] = "dbsam",
    train_prompt_encoder: bool = False,
    checkpointing: bool = False,
    **changes: Annotated[Any, "sambench.models.dbsam.encoder:DualBranchEncoder"],
) -> None:
    """Freeze a SAM's ViT and give it the second branch, in place.

    Parameters
    ----------
    sam : nn.Module
        With its weights; its mask decoder is trained.
    preset : str
        A name in `PRESETS`.
    train_prompt_encoder : bool
        The released code trains it [C], the paper's figure shows it frozen [F].
    checkpointing : bool
        Spend a second forward pass on less memory in training; ``dbsam_released`` does
        so in any case.
    **changes
        Other arguments of `DualBranchEncoder` that differ from the preset's.

    Raises
    ------
    InputError
        If there is no such preset.
    """
    arguments = {
        "checkpointing": checkpointing,
        **find_named(PRESETS, preset, "the recipe's network", "preset"),
        **changes,
    }
    sam.image_encoder = DualBranchEncoder(sam.image_encoder, **arguments)
    sam.prompt_encoder.requires_grad_(train_prompt_encoder)
    sam.mask_decoder.requires_grad_(True)
