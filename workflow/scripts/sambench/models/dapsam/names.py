"""Tensor names of the published DAPSAM weights, to ours and back."""

import re
from collections.abc import Mapping

from torch import Tensor

# Patterns of names since 1d9e04a, in both directions. Other names are SAM's in both.
_PAIRS = [
    ("image_encoder.l_adapter.embedding_generator", "image_encoder.low_level"),
    ("image_encoder.l_adapter.lightweight_mlp_{i}.0", "image_encoder.before.{i}.down"),
    ("image_encoder.l_adapter.lightweight_mlp_{i}.2", "image_encoder.before.{i}.up"),
    (
        "image_encoder.blocks.{i}.channel_adapter.D_fc1",
        "image_encoder.parallel.{i}.down",
    ),
    ("image_encoder.blocks.{i}.channel_adapter.D_fc2", "image_encoder.parallel.{i}.up"),
    ("prompt_generator.memory_bank.weight", "prompt_generator.memory"),
    ("prompt_generator.pe_layer", "prompt_generator.position"),
    ("prompt_generator.fuse_conv", "prompt_generator.fuse"),
]

# What the release tag v1.0.0 called the adapters, before they were renamed.
_FIRST_GENERATION = [
    (re.compile(r"^image_encoder\.prompt_generator\."), "image_encoder.l_adapter."),
    (
        re.compile(r"^(image_encoder\.blocks\.\d+)\.Channel_MLP_Adapter\."),
        r"\1.channel_adapter.",
    ),
]


def _rules(source: int, target: int) -> list[tuple[re.Pattern[str], str]]:
    rules = []
    for pair in _PAIRS:
        pattern = re.escape(pair[source]).replace(r"\{i\}", r"(\d+)")
        replacement = pair[target].replace("{i}", r"\1")
        rules.append((re.compile(rf"^{pattern}(?=\.|$)"), replacement))
    return rules


_TO_OURS, _TO_THEIRS = _rules(0, 1), _rules(1, 0)


def to_our_name(name: str) -> str:
    """Translate a name of either generation, with or without ``module.``."""
    name = name.removeprefix("module.")
    for pattern, replacement in _FIRST_GENERATION:
        name = pattern.sub(replacement, name)
    return _first_match(name, _TO_OURS)


def to_their_name(name: str) -> str:
    """Translate one of our names to the published code's at c7fd62e."""
    return _first_match(name, _TO_THEIRS)


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


def _first_match(name: str, rules: list[tuple[re.Pattern[str], str]]) -> str:
    for pattern, replacement in rules:
        renamed, count = pattern.subn(replacement, name)
        if count:
            return renamed
    return name
