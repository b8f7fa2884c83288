"""When DB-SAM's first stage is the same at every visit of a slice. Needs no torch."""

from collections.abc import Mapping
from typing import Any

from sambench.models.encoding import Encoding
from sambench.models.sam.cached import encoding_if_asked

# Arguments that change what DB-SAM's first stage computes
PREFIX_ARGUMENTS = ("stages", "layer_norm_epsilon", "sizes")


def prefix(recipe: Mapping[str, Any]) -> Encoding | None:
    """Return which prefixes a method reads, see `encoding_if_asked`."""
    own = [f"its own '{key}'" for key in PREFIX_ARGUMENTS if key in recipe["network"]]
    expected = "a first stage that is SAM's, on images that are the same at every visit"
    return encoding_if_asked(recipe, expected, own)
