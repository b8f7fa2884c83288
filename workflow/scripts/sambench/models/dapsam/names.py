"""Tensor names of the published DAPSAM weights, to ours and back."""

import re
from collections.abc import Mapping

from torch import Tensor

from sambench.models.sam.renaming import Renaming

# Names since 1d9e04a; the others are SAM's in both.
_NAMES = Renaming(
    [
        ("image_encoder.l_adapter.embedding_generator", "image_encoder.low_level"),
        (
            "image_encoder.l_adapter.lightweight_mlp_{i}.0",
            "image_encoder.before.{i}.down",
        ),
        (
            "image_encoder.l_adapter.lightweight_mlp_{i}.2",
            "image_encoder.before.{i}.up",
        ),
        (
            "image_encoder.blocks.{i}.channel_adapter.D_fc1",
            "image_encoder.parallel.{i}.down",
        ),
        (
            "image_encoder.blocks.{i}.channel_adapter.D_fc2",
            "image_encoder.parallel.{i}.up",
        ),
        ("prompt_generator.memory_bank.weight", "prompt_generator.memory"),
        ("prompt_generator.pe_layer", "prompt_generator.position"),
        ("prompt_generator.fuse_conv", "prompt_generator.fuse"),
    ]
)

# What the release tag v1.0.0 called the adapters, before they were renamed.
_FIRST_GENERATION = [
    (re.compile(r"^image_encoder\.prompt_generator\."), "image_encoder.l_adapter."),
    (
        re.compile(r"^(image_encoder\.blocks\.\d+)\.Channel_MLP_Adapter\."),
        r"\1.channel_adapter.",
    ),
]


def to_our_name(name: str) -> str:
    """Translate a name of either generation, with or without ``module.``."""
    name = name.removeprefix("module.")
    for pattern, replacement in _FIRST_GENERATION:
        name = pattern.sub(replacement, name)
    return _NAMES.to_ours(name)


def to_their_name(name: str) -> str:
    """Translate one of our names to the published code's at c7fd62e."""
    return _NAMES.to_theirs(name)


def from_published(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Rename the tensors of a published checkpoint.

    Parameters
    ----------
    state : mapping of str to Tensor
        State dict of the published code, of either generation of names.
    """
    return {to_our_name(name): tensor for name, tensor in state.items()}


def to_published(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Rename the tensors of our state dict to the published code's at c7fd62e."""
    return {to_their_name(name): tensor for name, tensor in state.items()}
