"""The comparison with published numbers as a table for readers."""

import pandas as pd

from sambench.metrics.names import metric_label
from sambench.published.comparison import Comparison
from sambench.published.numbers import MARKS
from sambench.tables.context import Context
from sambench.tables.printed_table import MISSING, PrintedTable, number

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
    order = {
        name: place for place, name in enumerate(context.benchmark.get("sources", []))
    }
    keys.sort(key=lambda key: order.get(key[0], len(order)))
    ids = context.in_blocks(context.in_order(cells["method"]))
    # A control has no published number; it stands here only if nothing else does.
    ids = [m for m in ids if not context.is_control(m)] or ids
    indexed = cells.set_index(["method", "source", "target", "structure"])
    groups, rows, texts, marks = [], [], [], []
    for method in ids:
        part = indexed.loc[method].reindex(keys)
        published = [
            MISSING
            if pd.isna(row.published)
            else number(row.published, row.published_sd) + _mark(row.confidence)
            for row in part.itertuples()
        ]
        ours = [number(row.reproduced, row.sd) for row in part.itertuples()]
        off = [MISSING if pd.isna(d) else f"{d:+.2f}" for d in part["difference"]]
        grey = "grey" if comparison.obstacle else ""
        groups += [context.label(method)] * 3
        rows += ["reproduced", "published", "difference"]
        prompt = context.prompt(method)
        texts += [[prompt, *row] for row in (ours, published, off)]
        marks += [["", *[mark] * len(keys)] for mark in ("", grey, "")]
    metric = metric_label(cells["metric"].iloc[0])
    return PrintedTable(
        title=context.title(f"reproduced and published {metric} (%)"),
        caption=_caption(comparison, context, partial=partial),
        header=[("", "Prompt"), *(_head(key, context) for key in keys)],
        methods=rows,
        cells=texts,
        marks=marks,
        groups=groups,
        corner=("Method", "Number"),
        details=[0],
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
    sentences = []
    if comparison.obstacle:
        sentences.append(
            f"These numbers cannot be compared with the published ones: "
            f"{comparison.obstacle}. The published ones are shown in grey for "
            "orientation, without differences."
        )
    sentences.append(
        "Published numbers are those scored under this protocol. †: read in a listing "
        "or summary of the paper; ‡: derived from two stated numbers; all others were "
        "read in the paper's table or its result files."
    )
    asked, ran = context.protocol.get("seeds"), comparison.cells["n_seeds"].max()
    if asked and ran < asked:
        sentences.append(f"The protocol uses {asked} seeds; here: {ran:.0f}.")
    if partial:
        sentences.append("Published columns without any run are only in the CSV file.")
    found = comparison.agreement
    if found["kendall_tau_b"] is not None:
        best = "the same" if found["top1"] else "a different"
        sentences.append(
            f"Order of {found['n_methods']} methods: Kendall's tau-b "
            f"{found['kendall_tau_b']:.2f}, {best} best method, "
            f"{100 * found['top3']:.0f} % of the three best in common."
        )
    elif not comparison.obstacle:
        sentences.append(
            f"{found['n_methods']} of the methods run have a published number: too few "
            "to compare their order."
        )
    return " ".join(sentences)
