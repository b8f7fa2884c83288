"""Sentences of captions: what sets rows apart, and what is little known.

Each function returns "" if there is nothing to say.
"""

from collections.abc import Mapping, Sequence

import pandas as pd

from sambench.settings.level_field import level_base
from sambench.tables.context import SEEN, Context

SUSPECT = "(suspect)"
"""Follows the label of a method with a run that looks broken."""


def paragraph(*sentences: str) -> str:
    """Join the sentences of a caption that are not empty."""
    return " ".join(filter(None, sentences))


def synthetic_note(context: Context) -> str:
    """Return that numbers of synthetic data are compared with none."""
    none = "Numbers from synthetic data cannot be compared with published ones."
    return none if context.synthetic else ""


def single_case_note(context: Context, single: Sequence[str]) -> str:
    """Return a sentence that names the targets with one case."""
    names = ", ".join(context.column_label(target) for target in single)
    return names and f"One case only: {names}. How much such cases vary is unknown."


def seeds_note(protocol: Mapping, n_seeds: pd.Series) -> str:
    """Return how many seeds a protocol asks for, if there are fewer."""
    asked, ran = protocol.get("seeds"), n_seeds.max()
    if not asked or ran >= asked:
        return ""
    return f"The protocol uses {asked} seeds; here: {ran:.0f}."


def method_notes(table: pd.DataFrame, context: Context) -> str:
    """Return sentences on what sets rows apart: changes, seen data, broken runs."""
    shortened = (
        "Training was shortened by the configuration: these numbers say nothing about "
        "the published methods."
    )
    seen = (
        f"{SEEN} marks data that the method's weights had been trained on before (the "
        "method's card names source and confidence); such results are not ranked with "
        "clean ones."
    )
    suspect = (
        f"{SUSPECT} has a run whose mean Dice is below 10 or below that of predicting "
        "nothing: look at it before you compare it."
    )
    return paragraph(
        _level_note(context) if context.methods else "",
        shortened if context.shortened else "",
        seen if table["seen"].any() else "",
        suspect if table["suspect"].any() else "",
    )


def _level_note(context: Context) -> str:
    base = level_base(context.methods)
    if base is not None:
        return (
            f"Level field: network, base augmentation, budget and loss are those of "
            f"{context.label(base)} for all methods, which differ by their idea alone. "
            "These are not the published methods."
        )
    if any(method.get("changed") for method in context.methods.values()):
        return (
            "Values that the configuration changed stand in a method's label or card."
        )
    return (
        "Each method is as published, with its own network, size, schedule and "
        "augmentation."
    )
