"""The rows, columns and words of a table for readers, apart from any file format."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sambench.metrics.names import lower_is_better
from sambench.tables.aggregate import competition_ranks
from sambench.tables.context import CONTROL, SEEN, Context
from sambench.tables.notes import SUSPECT

MISSING = "\N{EN DASH}"
"""Stands for a value that is incomplete."""

_SAME = 1e-9  # deviation of equal values, as rounding leaves it

RANK_WITH_SEEN = f"Rank with {SEEN}"


class Column(NamedTuple):
    """One column of a table for readers; words as in `PrintedTable`.

    Attributes
    ----------
    texts, marks : sequence of str
        Of each row; without marks none has one.
    about : dict
        What its cells are about.
    detail : bool
        Whether it holds no score.
    """

    head: tuple[str, str]
    texts: list[str]
    marks: Sequence[str] = ()
    about: Mapping[str, str] | None = None
    detail: bool = False


@dataclass(frozen=True)
class PrintedTable:
    """A table for readers.

    Attributes
    ----------
    title, caption : str
        What the table shows, and how to read it.
    header : list of tuple of (str, str)
        Structure above and source below, for each column; if columns are targets with
        several structures, target above and structure below. The upper one is "" if
        there is nothing to tell apart.
    methods : list of str
        Labels of the methods, one per row.
    cells : list of list of str
        Text of each cell, one list per row.
    marks : list of list of str
        ``"best"``, ``"second"``, ``"grey"`` or ``""`` for each cell.
    blocks : list of str
        Block of each row; a rule stands where it changes.
    groups : list of str
        What stands before the method in each row, such as its source; empty if there
        is nothing. Rows of one group follow each other.
    corner : tuple of str
        Heads of the columns of groups and of methods.
    rows, columns : list of dict
        What the cells of a row or column are about: some of method, source, target and
        structure, by id. Empty if that is not said.
    details : list of int
        Columns that hold no score, such as counts.
    view : str
        ``"table"``, ``"matrix"``, ``"effect"``, ``"published"``, ``"ranks"`` or
        ``"pairs"``.
    """

    title: str
    caption: str
    header: list[tuple[str, str]]
    methods: list[str]
    cells: list[list[str]]
    marks: list[list[str]]
    blocks: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    corner: tuple[str, str] = ("", "Method")
    rows: list[dict] = field(default_factory=list)
    columns: list[dict] = field(default_factory=list)
    details: list[int] = field(default_factory=list)
    view: str = "table"

    @classmethod
    def of(cls, shown: Sequence[Column], **words: Any) -> PrintedTable:
        """Return a table of columns; other attributes by name."""
        empty = [""] * len(shown[0].texts)
        return cls(
            header=[column.head for column in shown],
            cells=[list(row) for row in zip(*(c.texts for c in shown), strict=True)],
            marks=[
                list(row)
                for row in zip(*(c.marks or empty for c in shown), strict=True)
            ],
            columns=[dict(c.about or {}) for c in shown],
            details=[index for index, column in enumerate(shown) if column.detail],
            **words,
        )


def prompt_column(context: Context, order: Iterable[str]) -> Column:
    """Return the column that says what each method is told about the label."""
    return Column(("", "Prompt"), [context.prompt(m) for m in order], detail=True)


def method_table(
    shown: Sequence[Column],
    context: Context,
    order: Sequence[str],
    table: pd.DataFrame,
    **words: Any,
) -> PrintedTable:
    """Return a table with a row per method, those with a suspect run marked.

    Parameters
    ----------
    shown : sequence of Column
        What follows the column of prompts.
    order : sequence of str
        Methods of the rows.
    table : DataFrame
        Its columns method and `suspect` say which are suspect.
    words : str or list
        Other attributes of the table; by default, rows come in the blocks of methods.
    """
    suspect = set(table.loc[table["suspect"].eq(True), "method"])
    labels = [context.label(m) + f" {SUSPECT}" * (m in suspect) for m in order]
    about = {
        "blocks": [context.block(method) for method in order],
        "rows": [{"method": method} for method in order],
    }
    shown = [prompt_column(context, order), *shown]
    return PrintedTable.of(shown, methods=labels, **about | words)


def value_column(
    head: tuple[str, str],
    part: pd.DataFrame,
    blocks: Sequence[str],
    metric: str,
    about: Mapping[str, str] | None = None,
) -> Column:
    """Return a column of means, the best and second best of each block marked.

    Parameters
    ----------
    head : (str, str)
        The number of cases is added to the lower one.
    part : DataFrame
        `value`, `sd`, `seen` and `n_cases` of each row of the table, NaN if not run.
    """
    seen = part["seen"].eq(True)
    texts = [
        with_deviation(value, sd) + (f" {SEEN}" if saw and not pd.isna(value) else "")
        for value, sd, saw in zip(part["value"], part["sd"], seen, strict=True)
    ]
    upper, lower = head
    head = upper, f"{lower} ({_counted(part['n_cases'])})"
    return Column(head, texts, _best_marks(part, blocks, metric), about)


def _counted(cases: pd.Series) -> str:
    """Return the number of cases of a column: ``"n = 12"`` or ``"n = 10 to 12"``."""
    cases = cases.dropna()
    if cases.empty:
        return "n = 0"
    low, high = int(cases.min()), int(cases.max())
    return f"n = {low}" if low == high else f"n = {low} to {high}"


def number(value: float, digits: int = 2) -> str:
    """Return a value with so many decimals, or a dash."""
    return MISSING if pd.isna(value) else f"{value:.{digits}f}"


def with_deviation(value: float, sd: float) -> str:
    """Return a value with its deviation over seeds, if it has one."""
    alone = pd.isna(value) or pd.isna(sd) or sd < _SAME
    return number(value) + ("" if alone else f" ± {sd:.2f}")


def _best_marks(part: pd.DataFrame, blocks: Sequence[str], metric: str) -> list[str]:
    """Mark best and second best of each block among clean results, controls apart."""
    controls = np.array([block.endswith(CONTROL) for block in blocks], bool)
    # What reads as equal is marked as equal.
    values = part["value"].mask(part["seen"].eq(True) | controls).round(2)
    ranks = values.groupby(list(blocks)).transform(
        competition_ranks, lower_is_better=lower_is_better(metric)
    )
    return [{1.0: "best", 2.0: "second"}.get(rank, "") for rank in ranks]
