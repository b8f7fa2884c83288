"""When DeSAM's taps are the same at every visit of a slice. Needs no torch."""

from collections.abc import Mapping
from typing import Any

from sambench.models.encoding import Encoding
from sambench.models.sam.cached import encoding_if_asked


def taps(recipe: Mapping[str, Any]) -> Encoding | None:
    """Return which taps a method reads, see `encoding_if_asked`."""
    return encoding_if_asked(recipe, "images that are the same at every visit")
