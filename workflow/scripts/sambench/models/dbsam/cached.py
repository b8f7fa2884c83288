"""When DB-SAM's first stage is the same at every visit of a slice. Needs no torch."""

from collections.abc import Mapping
from typing import Any

from sambench.errors import InputError
from sambench.models.encoding import Encoding
from sambench.models.sam.cached import encoding

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
    network, training = recipe["network"], recipe["training"] or {}
    obstacles = {
        "augmentation": bool(training.get("augmentation")),
        "another input than bytes": recipe["input"]["normalisation"] != "bytes",
    }
    obstacles |= {f"its own '{key}'": key in network for key in PREFIX_ARGUMENTS}
    found = [obstacle for obstacle, there in obstacles.items() if there]
    if found:
        raise InputError(
            where=f"recipe '{recipe['id']}', key 'input.cached'",
            found=f"true, with {' and '.join(found)}",
            expected="a first stage that is SAM's, on images that are the same at "
            "every visit",
            remedy="Leave out input.cached, or what it cannot go with",
        )
    return encoding(network)
