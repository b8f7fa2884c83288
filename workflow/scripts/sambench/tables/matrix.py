"""The full matrix: every source against every target, method by method."""

from itertools import product

import pandas as pd

from sambench.metrics.names import metric_label
from sambench.settings.grid import ALL
from sambench.tables.aggregate import NUMBERS, finished, sort_by
from sambench.tables.cells import cell_values, pair_scores, select_rows
from sambench.tables.context import MEAN, Context
from sambench.tables.notes import method_notes, paragraph
from sambench.tables.printed_table import PrintedTable, method_table, value_column
from sambench.tables.protocol import in_words

_KEYS = ["source", "method", "structure", "target"]
_COLUMNS = [
    *_KEYS,
    "block",
    *NUMBERS,
    *("benchmark", "protocol", "metric", "unit", "data_source"),
]


def build_matrix(scores: pd.DataFrame, context: Context, metric: str) -> pd.DataFrame:
    """Average score rows for every source and target; as `build_table`.

    Returns
    -------
    DataFrame
        One row per source, method, structure and target (``"mean"``: over the targets
        of the source as the protocol averages): `value`, `sd` over seeds, ranks within
        the block of the method, counts over all seeds, `n_cases` distinct cases; and
        benchmark, protocol, metric, unit, data_source. NaN if a case, a target or a
        seed is missing.
    """
    rows = select_rows(scores, context.protocol, metric)
    pairs = pair_scores(rows)
    average = context.protocol["average"]
    cells = cell_values(pairs, "targets", ["seed", *_KEYS]).rename(
        columns={"target": "column"}
    )
    mean = cell_values(pairs, average, ["seed", "source", "method", "structure"])
    table = finished(
        pd.concat([cells, mean.assign(column=MEAN)]),
        ["source", "method", "structure", "column"],
        [rows.assign(column=rows["target"]), rows.assign(column=MEAN)],
        scores,
        context,
        metric,
    ).rename(columns={"column": "target"})
    order = {key: context.domains(key, table[key]) for key in ("source", "target")}
    return sort_by(table, order)[_COLUMNS]


def lay_out_matrix(table: pd.DataFrame, context: Context) -> PrintedTable:
    """Arrange the matrix: rows are methods by source, columns structures by target."""
    context = context.of(table)
    metric = table["metric"].iloc[0]
    order = context.in_blocks(context.in_order(table["method"]))
    sources = dict.fromkeys(table["source"])
    rows = [(source, method) for source in sources for method in order]
    methods = [method for _, method in rows]
    blocks = [f"{source}, {context.block(method)}" for source, method in rows]
    structures = context.structures(table["structure"])
    targets = context.domains("target", table["target"])
    cells = table.set_index(["source", "method"])
    found = dict(list(cells.groupby(["structure", "target"])))
    shown = []
    for structure, target in product(structures, targets):
        part = found.get((structure, target), cells.iloc[:0]).reindex(rows)
        upper = structure if len(structures) > 1 else ""
        head = upper, context.column_label(target)
        about = {"structure": structure}
        about |= {} if target == MEAN else {"target": target}
        shown.append(value_column(head, part, blocks, metric, about))
    caption = paragraph(
        f"{in_words(context.protocol)} Rows: source and method; columns: target. "
        "Mean is over the targets of a source, n counts distinct cases. Of the methods "
        "of a source with the same kind of prompt, the best is bold and the second "
        "best underlined. An en dash: not run, or incomplete.",
        method_notes(table, context),
    )
    unit = table["unit"].iloc[0]
    return method_table(
        shown,
        context,
        methods,
        table,
        title=context.title(f"{metric_label(metric)} ({unit}) by source and target"),
        caption=caption,
        blocks=blocks,
        groups=[context.column_label(source) for source, _ in rows],
        corner=("Source", "Method"),
        # `all` stands for whatever a method was trained on, see `select_rows`.
        rows=[
            {"method": method} | ({} if source == ALL else {"source": source})
            for source, method in rows
        ],
        view="matrix",
    )
