"""When DeSAM's taps are the same at every visit of a slice. Needs no torch."""

from collections.abc import Mapping
from typing import Any

from sambench.errors import InputError
from sambench.models.encoding import Encoding
from sambench.models.sam.cached import encoding


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
    changed = (recipe["training"] or {}).get("augmentation") or recipe.get("views")
    if changed:
        raise InputError(
            where=f"recipe '{recipe['id']}', key 'input.cached'",
            found="true, with augmentation",
            expected="images that are the same at every visit",
            remedy="Leave out input.cached, or the augmentation",
        )
    return encoding(recipe["network"])
