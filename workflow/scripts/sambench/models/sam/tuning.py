"""What of a SAM is trained: nothing, its decoder, or all but its prompt encoder."""

from collections.abc import Callable
from typing import Any

from torch import nn

from sambench.errors import unknown_name


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


TUNINGS: dict[str, Callable[..., None]] = {
    "frozen": frozen,
    "decoder": decoder,
    "full": full,
}


def tune(sam: nn.Module, tuning: dict[str, Any]) -> None:
    """Freeze what of a SAM is not trained.

    Parameters
    ----------
    sam : nn.Module
        Changed in place.
    tuning : dict
        `name` in `TUNINGS` and its arguments.

    Raises
    ------
    InputError
        If the name is not known.
    """
    arguments = dict(tuning)
    name = arguments.pop("name")
    if name not in TUNINGS:
        raise unknown_name("the recipe's network", "tuning", name, TUNINGS)
    TUNINGS[name](sam, **arguments)
