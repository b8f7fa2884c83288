"""Whether methods can be trained where they are tested."""

from collections.abc import Mapping
from typing import Any

from sambench.errors import InputError
from sambench.settings.grid import ALL


def check_trainings(
    benchmark: Mapping[str, Any], recipes: Mapping[str, Mapping[str, Any]]
) -> None:
    """Refuse trainings on the very cases that are tested.

    Raises
    ------
    InputError
        If a benchmark keeps no case for training and a method trains.
    """
    if benchmark["pairs"] != ALL or benchmark["split"]["rule"] != "none":
        return
    trained = [method for method in recipes if recipes[method]["training"]]
    if trained:
        free = [method for method in recipes if method not in trained]
        raise InputError(
            where=f"benchmark '{benchmark['id']}', which keeps no case for training",
            found=f"methods that train: {', '.join(trained)}",
            expected=f"others, such as {', '.join(free) or 'box'}",
            remedy=f"List those in select.{benchmark['id']}.methods",
        )
