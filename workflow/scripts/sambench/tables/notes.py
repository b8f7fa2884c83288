"""Sentences that captions add: what sets rows apart, and what is little known."""

from collections.abc import Sequence

import pandas as pd

from sambench.settings.level_field import level_base
from sambench.tables.context import SEEN, Context

SUSPECT = "(suspect)"
"""Follows the label of a method with a run that looks broken."""


def small_sample_notes(context: Context, single: Sequence[str]) -> list[str]:
    """Return a sentence that names the targets with one case, if there are any."""
    if not single:
        return []
    names = ", ".join(context.column_label(target) for target in single)
    return [f"One case only: {names}. How much such cases vary is unknown."]


def _level_notes(context: Context) -> list[str]:
    if not context.methods:
        return []
    base = level_base(context.methods)
    changed = any(method.get("changed") for method in context.methods.values())
    if base is None and changed:
        return [
            "Values that the configuration changed stand in a method's label or card."
        ]
    if base is None:
        return [
            "Each method is as published, with its own network, size, schedule and "
            "augmentation."
        ]
    return [
        f"Level field: network, base augmentation, budget and loss are those of "
        f"{context.label(base)} for all methods, which differ by their idea alone. "
        "These are not the published methods."
    ]


def method_notes(table: pd.DataFrame, context: Context) -> list[str]:
    """Return sentences on what sets rows apart: changes, seen data, broken runs."""
    notes = _level_notes(context)
    if context.shortened:
        notes.append(
            "Training was shortened by the configuration: these numbers say nothing "
            "about the published methods."
        )
    if "seen" in table and table["seen"].any():
        notes.append(
            f"{SEEN} marks data that the method's weights had been trained on before "
            "(the method's card names source and confidence); such results are not "
            "ranked with clean ones."
        )
    if "suspect" in table and table["suspect"].any():
        notes.append(
            f"{SUSPECT} has a run whose mean Dice is below 10 or below that of "
            "predicting nothing: look at it before you compare it."
        )
    return notes
