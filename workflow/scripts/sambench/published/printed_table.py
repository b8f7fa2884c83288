"""The comparison with published numbers as a table for readers."""

import pandas as pd

from sambench.metrics.names import metric_label
from sambench.published.comparison import Comparison
from sambench.published.numbers import MARKS
from sambench.tables.context import Context
from sambench.tables.notes import paragraph, seeds_note
from sambench.tables.printed_table import (
    MISSING,
    Column,
    PrintedTable,
    prompt_column,
    with_deviation,
)

_KEY = ["source", "target", "structure"]


def lay_out_comparison(comparison: Comparison, context: Context) -> PrintedTable:
    """Arrange three rows per method: reproduced, published, difference.

    Published numbers are grey if they cannot be compared. Columns without a
    reproduced number are left out, unless there is none with one.
    """
    cells = comparison.cells
    context = context.of(cells)
    ran = cells.dropna(subset=["reproduced"])
    shown = cells if ran.empty else ran
    keys = list(shown[_KEY].drop_duplicates().itertuples(index=False, name=None))
    partial = len(keys) < len(cells[_KEY].drop_duplicates())
    sources = list(context.benchmark.get("sources", []))
    keys.sort(key=lambda key: [*sources, key[0]].index(key[0]))
    ids = context.in_blocks(context.in_order(cells["method"]))
    # A control has no published number; it stands here only if nothing else does.
    ids = [m for m in ids if not context.is_control(m)] or ids
    indexed = cells.set_index(["method", *_KEY])
    shown = [prompt_column(context, [method for method in ids for _ in range(3)])]
    marks = ["", "grey" if comparison.obstacle else "", ""] * len(ids)
    for key in keys:
        texts = []
        for row in indexed.reindex([(m, *key) for m in ids]).itertuples():
            known, off = not pd.isna(row.published), not pd.isna(row.difference)
            published = with_deviation(row.published, row.published_sd)
            texts += [
                with_deviation(row.reproduced, row.sd),
                published + _mark(row.confidence) if known else MISSING,
                f"{row.difference:+.2f}" if off else MISSING,
            ]
        shown.append(Column(_head(key, context), texts, marks))
    metric = metric_label(cells["metric"].iloc[0])
    return PrintedTable.of(
        shown,
        title=context.title(f"reproduced and published {metric} (%)"),
        caption=_caption(comparison, context, partial=partial),
        methods=["reproduced", "published", "difference"] * len(ids),
        groups=[context.label(method) for method in ids for _ in range(3)],
        corner=("Method", "Number"),
        view="published",
    )


def _mark(confidence: str) -> str:
    sign = MARKS.get(confidence, "")
    return f" {sign}" if sign else ""


def _head(key: tuple[str, str, str], context: Context) -> tuple[str, str]:
    source, target, structure = key
    if source == "all":
        return "", context.column_label(target)
    name = context.column_label(source) if source != "mean" else "Mean"
    if target not in ("mean", "others"):
        return f"{name} to {context.column_label(target)}", structure
    return name, structure


def _caption(comparison: Comparison, context: Context, *, partial: bool) -> str:
    grey = (
        "These numbers cannot be compared with the published ones: "
        f"{comparison.obstacle}. The published ones are shown in grey for orientation, "
        "without differences."
    )
    left_out = "Published columns without any run are only in the CSV file."
    return paragraph(
        grey if comparison.obstacle else "",
        "Published numbers are those scored under this protocol. †: read in a listing "
        "or summary of the paper; ‡: derived from two stated numbers; all others were "
        "read in the paper's table or its result files.",
        seeds_note(context.protocol, comparison.cells["n_seeds"]),
        left_out if partial else "",
        _order_note(comparison),
    )


def _order_note(comparison: Comparison) -> str:
    found = comparison.agreement
    if found["kendall_tau_b"] is not None:
        best = "the same" if found["top1"] else "a different"
        return (
            f"Order of {found['n_methods']} methods: Kendall's tau-b "
            f"{found['kendall_tau_b']:.2f}, {best} best method, "
            f"{100 * found['top3']:.0f} % of the three best in common."
        )
    few = (
        f"Methods run that have a published number: {found['n_methods']}, too few to "
        "compare their order."
    )
    return "" if comparison.obstacle else few
