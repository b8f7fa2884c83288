"""Which tensors DAPSAM takes from SAM, and its own weights."""

import logging
from collections.abc import Mapping

from torch import Tensor, nn

from sambench.errors import InputError
from sambench.models.dapsam.names import NAMES
from sambench.models.dapsam.network import VARIANTS, Dapsam
from sambench.models.sam.positions import resize_positions
from sambench.weights.fitting import refuse_misfit

logger = logging.getLogger(__name__)


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

    Parameters
    ----------
    network : Dapsam
        Changed in place.
    state : mapping of str to Tensor
        Weights of a SAM of the same size, at any image size.

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
    trained = {n for n, p in network.named_parameters() if p.requires_grad}
    missing = sorted(own.keys() - fitting.keys() - trained - _BUFFERS)
    if missing:
        raise InputError(
            where=where,
            found=f"no fitting {', '.join(missing[:3])} ({len(missing)} in all)",
            expected="weights of the recipe's backbone",
            remedy="Give the weights that belong to the backbone",
        )
    network.load_state_dict(fitting, strict=False)
    logger.info(f"{len(fitting)} of {len(own)} tensors of DAPSAM come from SAM")
    return sorted(fitting)


def load_published(
    network: Dapsam,
    state: Mapping[str, Tensor],
    where: object = "the DAPSAM weights",
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

    Parameters
    ----------
    network : nn.Module
        A `Dapsam` as the published code computes it.
    name : str
        Name of the method, for the message.

    Raises
    ------
    InputError
        If the network is another, or a variant that the published code does not have.
    """
    if not isinstance(network, Dapsam) or network.options != VARIANTS["released"]:
        raise InputError(
            where="the run",
            found=f"one of the method '{name}'",
            expected="a network of the method 'dapsam', which has published names",
            remedy="Give the folder of such a run",
        )
    return NAMES.state_to_theirs(network.state_dict())


_BUFFERS = {"prompt_generator.position.positional_encoding_gaussian_matrix"}
