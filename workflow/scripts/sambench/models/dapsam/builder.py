"""DAPSAM from a recipe: SAM's weights, its published weights, their names."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from torch import Tensor, nn

from sambench.errors import InputError
from sambench.models.dapsam.network import Dapsam
from sambench.models.sam.frame import Frame
from sambench.models.sam.positions import resize_positions
from sambench.models.sam.pretrained import read_backbone, vit_size
from sambench.models.sam.renaming import Renaming
from sambench.weights.fitting import refuse_misfit

logger = logging.getLogger(__name__)
_BUFFERS = {"prompt_generator.position.positional_encoding_gaussian_matrix"}

_ADAPTER = "image_encoder.l_adapter"
_BESIDE = "image_encoder.blocks.{i}.channel_adapter"

# Names since 1d9e04a; the others are SAM's in both. The release tag v1.0.0 has the
# adapters under older names.
NAMES = Renaming(
    [
        (f"{_ADAPTER}.embedding_generator", "image_encoder.low_level"),
        (f"{_ADAPTER}.lightweight_mlp_{{i}}.0", "image_encoder.before.{i}.down"),
        (f"{_ADAPTER}.lightweight_mlp_{{i}}.2", "image_encoder.before.{i}.up"),
        (f"{_BESIDE}.D_fc1", "image_encoder.parallel.{i}.down"),
        (f"{_BESIDE}.D_fc2", "image_encoder.parallel.{i}.up"),
        ("prompt_generator.memory_bank.weight", "prompt_generator.memory"),
        ("prompt_generator.pe_layer", "prompt_generator.position"),
        ("prompt_generator.fuse_conv", "prompt_generator.fuse"),
    ],
    older=[
        ("image_encoder.prompt_generator", _ADAPTER),
        ("image_encoder.blocks.{i}.Channel_MLP_Adapter", _BESIDE),
    ],
)


class Resized(nn.Module):
    """A network without prompts on images of its own size.

    Parameters
    ----------
    network : nn.Module
        Takes images `(B, 3, S, S)`, gives logits `(B, C, S, S)`.
    image_size : int
        S.
    """

    def __init__(self, network: nn.Module, image_size: int):
        super().__init__()
        self.network = network
        self.frame = Frame(image_size, "none")

    def forward(
        self, images: Tensor, prompts: Any = None, cached: Tensor | None = None
    ) -> Tensor:
        """Segment normalised slices `(B, 3, H, W)`: logits `(B, C, H, W)`."""
        logits = self.network(self.frame.enter(images))
        return self.frame.leave(logits, images.shape[-2:])


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
    backbone : str
        A name in `BACKBONES` with a ViT.
    weights : Path
        Weights of the backbone; of DAPSAM as a whole where `published`.
    published : bool
        The weights are the authors'; nothing is trained.
    structures, image_size, variant, checkpointing
        Arguments of `Dapsam`.
    """
    network = Dapsam(
        vit_size(backbone), image_size, structures, variant, checkpointing=checkpointing
    )
    if published:
        network.requires_grad_(False)
        if weights is not None:  # None: only shapes are wanted
            load_published(network, read_backbone(backbone, weights), weights)
    else:
        load_sam(network, read_backbone(backbone, weights), weights)
    return Resized(network, image_size)


def load_sam(
    network: Dapsam, state: Mapping[str, Tensor], where: object = "the SAM weights"
) -> list[str]:
    """Copy SAM's weights into a DAPSAM as the published code ends up doing.

    That code tries a strict load first and means to leave out mask tokens,
    hypernetworks and the quality head in a second one; but the failing strict load has
    already copied every tensor of equal name and shape. So the hypernetworks and the
    first two layers of the quality head come from SAM too, and only tensors of another
    shape (mask tokens, last layer of the quality head) and DAPSAM's own stay random,
    among them the matrix of the position encoding.

    Returns
    -------
    list of str
        Names that were copied.

    Raises
    ------
    InputError
        If a tensor of the frozen part is missing or of another shape.
    """
    own = network.state_dict()
    resized = resize_positions(state, network.size, network.image_size)
    fitting = {
        name: tensor
        for name, tensor in resized.items()
        if name in own and own[name].shape == tensor.shape
    }
    free = {n for n, p in network.named_parameters() if p.requires_grad} | _BUFFERS
    frozen = {name: tensor for name, tensor in own.items() if name not in free}
    there = {name: tensor for name, tensor in resized.items() if name in frozen}
    remedy = "Give the weights that belong to the backbone"
    refuse_misfit(there, frozen, where, "the recipe's backbone", remedy)
    network.load_state_dict(fitting, strict=False)
    logger.info(f"{len(fitting)} of {len(own)} tensors of DAPSAM come from SAM")
    return sorted(fitting)


def load_published(
    network: Dapsam, state: Mapping[str, Tensor], where: object = "the DAPSAM weights"
) -> None:
    """Load weights of the published code strictly, of either generation of names.

    Raises
    ------
    InputError
        If names or shapes do not fit the network.
    """
    named = NAMES.state_to_ours(state)
    refuse_misfit(
        named,
        network.state_dict(),
        where,
        "a DAPSAM of this size, image size and structures",
        "Choose the recipe that the weights were trained for",
    )
    network.load_state_dict(named, strict=True)


def published_state(network: nn.Module, name: str) -> dict[str, Tensor]:
    """Return a DAPSAM's state dict under the names of the published code.

    Raises
    ------
    InputError
        If the network of the method of that name is another, or a variant that the
        published code does not have.
    """
    if not isinstance(network, Dapsam) or network.variant != "released":
        raise InputError(
            where="the run",
            found=f"one of the method '{name}'",
            expected="a network of the method 'dapsam', which has published names",
            remedy="Give the folder of such a run",
        )
    return NAMES.state_to_theirs(network.state_dict())
