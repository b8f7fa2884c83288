"""What a method is told about the label at test time, read off its prompt."""

from collections.abc import Mapping
from typing import Any

from sambench.errors import InputError
from sambench.models import NETWORKS

NOTHING, BOX, POINTS, CLICKS, LABEL = "nothing", "box", "points", "clicks", "label"
TOLD = (NOTHING, BOX, POINTS, CLICKS, LABEL)

OF_PROMPT = {
    "none": NOTHING,
    "whole": NOTHING,  # a box around the slice, whatever is in it
    "grid": NOTHING,  # points that are the same in every slice
    "box": BOX,
    "click": POINTS,
}
"""By the name of a prompt; another prompt needs the key `prompt.told`."""

OF_SHAPE = {"empty": NOTHING, "box": BOX, "ellipse": BOX, "label": LABEL}
"""By the shape of a label that a control answers with."""


def check_clicks(recipe: Mapping[str, Any], where: str) -> None:
    """Refuse clicks on what cannot be clicked, by the recipe's network and prompt.

    Raises
    ------
    InputError
        If it asks for clicks, and its network takes no prompts or its first prompt is
        one that no click can follow.
    """
    if not recipe["inference"].get("clicks"):
        return
    network = (recipe["network"] or {}).get("name")
    prompt = recipe["prompt"]["name"]
    if network and NETWORKS.prompted(network) and prompt not in ("none", "grid"):
        return
    raise InputError(
        where=f"{where}, key 'inference.clicks'",
        found=f"clicks on the network '{network}' after the prompt '{prompt}'",
        expected="a prompted network, and a box or points first",
        remedy="Choose such a network and prompt, or leave the key out",
    )


def told(recipe: Mapping[str, Any]) -> str:
    """Return what a recipe's method is told about the label: one of `TOLD`.

    The key `told` of its prompt wins over the prompt's name. A method that is clicked
    where it is wrong (`inference.clicks`) is told that, whatever its first prompt; a
    control is told what its `shape` shows.

    Raises
    ------
    InputError
        The prompt is not a known one and does not say.
    """
    prompt = recipe.get("prompt") or {"name": "none"}
    if (recipe.get("inference") or {}).get("clicks"):
        return CLICKS
    by_name = OF_SHAPE.get(recipe.get("shape")) or OF_PROMPT.get(prompt["name"])
    found = prompt.get("told") or by_name
    if found is None:
        raise InputError(
            where=f"recipe '{recipe['id']}', key 'prompt'",
            found=f"'{prompt['name']}', which does not say what it reveals of a label",
            expected=f"the key 'told': one of {', '.join(TOLD)}",
            remedy="Add it: methods with the same kind of prompt are ranked together",
        )
    return found
