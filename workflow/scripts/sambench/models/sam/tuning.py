"""What of a SAM is trained: nothing, its decoder, all of it, or adapters."""

from collections.abc import Callable
from typing import Any

from torch import nn

from sambench.errors import unknown_name
from sambench.models.sam.adapters import (
    add_low_rank,
    add_med_sa,
    add_sam_adapter,
)


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


def lora(sam: nn.Module, rank: int = 4) -> None:
    """Train low-rank changes of q and v, prompt encoder and mask decoder (SAMed)."""
    sam.requires_grad_(True)
    sam.image_encoder.requires_grad_(False)
    _train(add_low_rank(sam.image_encoder, rank))


def med_sa(sam: nn.Module) -> None:
    """Train Med-SA's adapters and the mask decoder."""
    decoder(sam)
    _train(add_med_sa(sam.image_encoder))


def sam_adapter(sam: nn.Module) -> None:
    """Train SAM-Adapter's changes of the tokens and the mask decoder."""
    decoder(sam)
    _train(add_sam_adapter(sam.image_encoder))


TUNINGS: dict[str, Callable[..., None]] = {
    "frozen": frozen,
    "decoder": decoder,
    "full": full,
    "lora": lora,
    "med_sa": med_sa,
    "sam_adapter": sam_adapter,
}


def tune(sam: nn.Module, tuning: dict[str, Any]) -> None:
    """Freeze and extend a SAM.

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


def _train(added: list[nn.Module]) -> None:
    for module in added:
        module.requires_grad_(True)
