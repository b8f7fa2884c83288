"""The table of means by source or target, arranged for readers."""

from collections.abc import Sequence

import pandas as pd

from sambench.metrics.names import lower_is_better, metric_label
from sambench.tables.aggregate import OVERALL
from sambench.tables.context import MEAN, Context
from sambench.tables.notes import (
    method_notes,
    paragraph,
    seeds_note,
    single_case_note,
    synthetic_note,
)
from sambench.tables.printed_table import (
    MISSING,
    RANK_WITH_SEEN,
    Column,
    PrintedTable,
    method_table,
    number,
    value_column,
)


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
