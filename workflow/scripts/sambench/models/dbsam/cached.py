"""When DB-SAM's first stage is the same at every visit of a slice. Needs no torch."""

from collections.abc import Mapping
from typing import Any

from sambench.models.encoding import Encoding
from sambench.models.sam.cached import changes, encoding, refuse

# Arguments that change what DB-SAM's first stage computes
PREFIX_ARGUMENTS = ("stages", "layer_norm_epsilon", "sizes")


def prefix(recipe: Mapping[str, Any]) -> Encoding | None:
    """Return which prefixes a method reads, if its recipe has `input.cached`.

    Parameters
    ----------
    recipe : mapping
        A method's recipe as it runs on a benchmark.

    Raises
    ------
    InputError
        If the prefix is not the same at every visit of a slice.
    """
    if not recipe["input"].get("cached"):
        return None
    network = recipe["network"]
    own = [f"its own '{key}'" for key in PREFIX_ARGUMENTS if key in network]
    expected = "a first stage that is SAM's, on images that are the same at every visit"
    refuse(recipe, changes(recipe) + own, expected)
    return encoding(network)
