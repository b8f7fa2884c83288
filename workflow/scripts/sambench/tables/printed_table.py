"""The rows, columns and words of a table for readers, apart from any file format."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sambench.metrics.names import lower_is_better, metric_label
from sambench.tables.aggregate import OVERALL, competition_ranks
from sambench.tables.context import CONTROL, MEAN, SEEN, Context
from sambench.tables.notes import (
    SUSPECT,
    method_notes,
    paragraph,
    seeds_note,
    single_case_note,
    synthetic_note,
)

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


def lay_out(
    table: pd.DataFrame, context: Context, single: Sequence[str] = ()
) -> PrintedTable:
    """Arrange the result of `build_table` for readers.

    Methods come in blocks by kind of prompt, each in the order of its rank, controls
    last. Best and second are marked within a block, among clean results. Values have
    two decimals, "±" the standard deviation over seeds if there are several, and an en
    dash is for what is missing. `single` lists targets with one scored case.
    """
    context = context.of(table)
    order = list(dict.fromkeys(table["method"]))
    keys = list(dict.fromkeys(zip(table["structure"], table["column"], strict=True)))
    structures = [name for name in dict.fromkeys(table["structure"]) if name != OVERALL]
    if len(structures) == 1 and (structures[0], MEAN) in keys:
        keys.remove((OVERALL, MEAN))  # the mean of the structure says the same
    per_column = table.groupby("column")["structure"].nunique().drop(MEAN)
    several = bool((per_column > 1).any())
    rows = {
        key: part.set_index("method")
        for key, part in table.groupby(["structure", "column"], sort=False)
    }
    blocks = [context.block(method) for method in order]
    shown = []
    metric = table["metric"].iloc[0]
    role = "source" if context.by_source else "target"
    for structure, column in keys:
        part = rows[structure, column].reindex(order)
        head = "", context.column_label(column)
        if several and structure != OVERALL:
            head = (structure, head[1]) if context.by_source else (head[1], structure)
        about = {} if structure == OVERALL else {"structure": structure}
        about |= {} if column == MEAN else {role: column}
        shown.append(value_column(head, part, blocks, metric, about))
    overall = rows[OVERALL, MEAN].reindex(order)
    shown += [
        Column(("", name), texts, detail=True)
        for name, texts in _summary(overall, metric).items()
    ]
    return method_table(
        shown,
        context,
        order,
        table,
        title=context.title(f"{metric_label(metric)} ({table['unit'].iloc[0]})"),
        caption=_caption(table, context, single),
    )


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


def _summary(overall: pd.DataFrame, metric: str) -> dict[str, list[str]]:
    """Return the columns that say how a method did as a whole."""
    total = overall["n_scores"] + overall["n_not_applicable"]
    columns = {"Rank": [number(rank, 0) for rank in overall["rank"]]}
    if overall["seen"].any():
        columns[RANK_WITH_SEEN] = [number(n, 0) for n in overall["rank_with_seen"]]
    columns |= {
        "Seeds": [f"{n}" for n in overall["n_seeds"]],
        "Cases": [f"{n}" for n in overall["n_cases"]],
        "Failed": [
            f"{n}/{of}" for n, of in zip(overall["n_failures"], total, strict=True)
        ],
        "N/A": [f"{n}" for n in overall["n_not_applicable"]],
    }
    if metric == "dice":
        columns["< 10 (%)"] = _shares(overall["n_below_10"], overall["n_scores"])
        columns["0 (%)"] = _shares(overall["n_zero"], overall["n_scores"])
    return columns


def _shares(counts: pd.Series, totals: pd.Series) -> list[str]:
    pairs = zip(counts, totals, strict=True)
    return [f"{100 * n / of:.1f}" if of else MISSING for n, of in pairs]


def _caption(table: pd.DataFrame, context: Context, single: Sequence[str]) -> str:
    metric, protocol = table["metric"].iloc[0], context.protocol
    columns = (
        "Columns are sources, each averaged over its targets; Mean is over the columns."
        if context.by_source
        else "Columns are targets; Mean is over the columns."
    )
    deviation = "± is the standard deviation over seeds, unless they are all the same."
    # A picture among volumes has no distances, see `sambench.metrics.case`.
    unknown = "" if metric == "dice" else " or the spacing is not known"
    shares = "The last columns are the shares of cases with a Dice below 10 and of 0."
    incomplete = f"{MISSING} marks incomplete results, which are not ranked."
    return paragraph(
        synthetic_note(context),
        " ".join(str(protocol.get("description") or "").split()),
        columns,
        "Lower is better." if lower_is_better(metric) else "Higher is better.",
        "n counts distinct cases.",
        single_case_note(context, single),
        seeds_note(protocol, table["n_seeds"]),
        deviation if (table["n_seeds"] > 1).any() else "",
        method_notes(table, context),
        "Methods are ranked by the overall mean, among those with the same kind of "
        "prompt; the best is bold, the second best underlined. Controls have no rank. "
        "Failed: structures missed, or predicted but absent, of all scored (case, "
        "structure, source and seed). N/A: label and prediction are both "
        f"empty{unknown}; not in any mean.",
        shares if metric == "dice" else "",
        incomplete if table["value"].isna().any() else "",
    )
