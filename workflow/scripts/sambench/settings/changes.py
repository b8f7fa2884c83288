"""What a configuration changed of a recipe, so that no row hides it."""

from collections.abc import Mapping
from typing import Any

BUDGET = (
    "training.epochs",
    "training.steps",
    "training.min_steps_per_epoch",
    "training.steps_per_epoch",
    "external.values.epochs",
    "external.values.steps",
    "external.values.iterations",
)
"""Keys whose smaller value makes a run a shortened one."""

WORDS = ("label", "summary", "references", "provenance", "deviations", "trained_on")
"""Keys of a recipe that no result depends on."""


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list]:
    """List the values that differ, by dotted key: ``{"training.epochs": [100, 8]}``.

    A mapping that exists on one side alone is one value.
    """
    found: dict[str, list] = {}
    for key in dict.fromkeys([*before, *after]):
        if key in WORDS:
            continue
        old, new = before.get(key), after.get(key)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            inner = changes(old, new)
            found |= {f"{key}.{name}": pair for name, pair in inner.items()}
        elif old != new:
            found[key] = [old, new]
    return found


def is_shortened(changed: Mapping[str, list]) -> bool:
    """Return whether a budget of training was lowered, or set where there was none."""
    pairs = (changed[key] for key in BUDGET if key in changed)
    return any(
        isinstance(new, int | float)
        and (old is None or (isinstance(old, int | float) and new < old))
        for old, new in pairs
    )


def row_words(changed: Mapping[str, list]) -> str:
    """Return what a row's label has to add: backbone, size, network and budget.

    Such as ``"sam_nano, 192 px, 8 of 100 epochs"``; "" if the row is the published
    method.
    """
    words = []
    network = [key for key in changed if key.split(".")[0] == "network"]
    for key in network:
        new = changed[key][1]
        if key == "network.backbone":
            words.append(str(new))
        elif key == "network.image_size":
            words.append(f"{new} px")
    if set(network) - {"network.backbone", "network.image_size"}:
        words.append("network changed")
    for key in BUDGET:
        unit = key.split(".")[-1]
        if key in changed and unit in ("epochs", "steps"):
            old, new = changed[key]
            words.append(f"{new} {unit}" if old is None else f"{new} of {old} {unit}")
    return ", ".join(words)
