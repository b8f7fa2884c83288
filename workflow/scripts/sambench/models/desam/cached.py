"""When DeSAM's taps are the same at every visit of a slice. Needs no torch."""

from collections.abc import Mapping
from typing import Any

from sambench.models.encoding import Encoding
from sambench.models.sam.cached import changes, encoding, refuse


def taps(recipe: Mapping[str, Any]) -> Encoding | None:
    """Return which taps a method reads, if its recipe has `input.cached`.

    Parameters
    ----------
    recipe : mapping
        A method's recipe as it runs on a benchmark.

    Raises
    ------
    InputError
        If the images are not the same at every visit of a slice.
    """
    if not recipe["input"].get("cached"):
        return None
    refuse(recipe, changes(recipe), "images that are the same at every visit")
    return encoding(recipe["network"])
