"""The full matrix: every source against every target, method by method."""

import pandas as pd

from sambench.metrics.names import metric_label
from sambench.settings.grid import ALL
from sambench.tables.aggregate import describe, over_seeds, with_ranks
from sambench.tables.cells import COUNTS, cell_values, pair_scores, select_rows
from sambench.tables.context import MEAN, Context
from sambench.tables.notes import method_notes
from sambench.tables.printed_table import (
    PrintedTable,
    best_marks,
    counted,
    method_texts,
    value_texts,
)
from sambench.tables.protocol import in_words

_KEYS = ["source", "method", "structure", "target"]
_COLUMNS = [
    *_KEYS,
    "block",
    "value",
    "sd",
    "rank",
    "rank_with_seen",
    "seen",
    "suspect",
    "n_seeds",
    "n_cases",
    *COUNTS,
    "benchmark",
    "protocol",
    "metric",
    "unit",
    "data_source",
]


def build_matrix(scores: pd.DataFrame, context: Context, metric: str) -> pd.DataFrame:
    """Average score rows for every source and target.

    Parameters
    ----------
    scores, context, metric
        As for `sambench.tables.aggregate.build_table`.

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
    cells = cell_values(pairs, "targets", ["seed", *_KEYS])
    mean = cell_values(pairs, average, ["seed", "source", "method", "structure"])
    table = over_seeds(pd.concat([cells, mean.assign(target=MEAN)]), _KEYS)
    table["n_cases"] = _count_cases(rows, table)
    table["seen"] = _seen(rows, table, context)
    table = describe(table, rows, scores, context, metric)
    table = with_ranks(table, ["source", "structure", "target"], metric)
    order = {
        "source": [*context.benchmark.get("sources", []), *table["source"]],
        "target": [*context.benchmark.get("targets", []), *table["target"]],
    }
    order["target"] = [t for t in order["target"] if t != MEAN] + [MEAN]
    return table.sort_values(
        ["source", "target"],
        key=lambda keys: keys.map(order[keys.name].index),
        kind="stable",
        ignore_index=True,
    )[_COLUMNS]


def lay_out_matrix(table: pd.DataFrame, context: Context) -> PrintedTable:
    """Arrange the matrix: rows are methods by source, columns structures by target."""
    context = context.of(table)
    metric = table["metric"].iloc[0]
    order = context.in_blocks(context.in_order(table["method"]))
    suspect = table.groupby("method")["suspect"].any()
    labels = dict(zip(order, method_texts(context, order, suspect), strict=True))
    structures = context.structures(table["structure"])
    targets = [t for t in dict.fromkeys(table["target"]) if t != MEAN]
    targets.sort(key=[*context.benchmark.get("targets", []), *targets].index)
    targets.append(MEAN)
    keys = [(s, t) for s in structures for t in targets]
    counts = table.groupby(["structure", "target"])["n_cases"]
    n = {key: counted(part) for key, part in counts}
    order_blocks = [context.block(method) for method in order]
    groups, rows, cells, marks, about, blocks = [], [], [], [], [], []
    for source in dict.fromkeys(table["source"]):
        part = table[table["source"] == source]
        found = {
            key: cell.set_index("method")[["value", "sd", "seen"]]
            for key, cell in part.groupby(["structure", "target"])
        }
        nothing = pd.DataFrame({"value": [], "sd": [], "seen": []}, dtype=float)
        columns = [found.get(key, nothing).reindex(order) for key in keys]
        texts = [value_texts(column) for column in columns]
        groups += [context.column_label(source)] * len(order)
        # `all` stands for whatever a method was trained on, see `select_rows`.
        of_source = {} if source == ALL else {"source": source}
        for index, method in enumerate(order):
            rows.append(labels[method])
            about.append({"method": method} | of_source)
            cells.append([context.prompt(method), *(text[index] for text in texts)])
        marked = [best_marks(column, order_blocks, metric) for column in columns]
        marks += [["", *row] for row in zip(*marked, strict=True)]
        blocks += [f"{source}, {block}" for block in order_blocks]
    caption = (
        f"{in_words(context.protocol)} Rows: source and method; columns: target. "
        "Mean is over the targets of a source, n counts distinct cases. Of the methods "
        "of a source with the same kind of prompt, the best is bold and the second "
        "best underlined. An en dash: not run, or incomplete. "
        + " ".join(method_notes(table, context))
    )
    unit = table["unit"].iloc[0]
    return PrintedTable(
        title=context.title(f"{metric_label(metric)} ({unit}) by source and target"),
        caption=caption.strip(),
        header=[("", "Prompt")]
        + [
            (
                s if len(structures) > 1 else "",
                f"{context.column_label(t)} ({n.get((s, t), 'n = 0')})",
            )
            for s, t in keys
        ],
        methods=rows,
        cells=cells,
        marks=marks,
        blocks=blocks,
        groups=groups,
        corner=("Source", "Method"),
        rows=about,
        columns=[
            {},
            *(
                {"structure": structure}
                | ({} if target == MEAN else {"target": target})
                for structure, target in keys
            ),
        ],
        details=[0],
        view="matrix",
    )


def _count_cases(rows: pd.DataFrame, table: pd.DataFrame) -> list[int]:
    """Count the distinct cases behind each row of the matrix."""
    keys = ["source", "method", "structure"]
    cases = rows[[*keys, "target", "case"]].drop_duplicates()
    of_pair = cases.groupby([*keys, "target"]).size().to_dict()
    of_source = cases.groupby(keys).size().to_dict()
    return [
        of_source.get((row.source, row.method, row.structure), 0)
        if row.target == MEAN
        else of_pair.get((row.source, row.method, row.structure, row.target), 0)
        for row in table.itertuples()
    ]


def _seen(rows: pd.DataFrame, table: pd.DataFrame, context: Context) -> list[bool]:
    """Return whether any target behind each row of the matrix had been trained on."""
    pairs = rows[["source", "method", "target"]].drop_duplicates()
    seen = {
        (p.source, p.method, p.target)
        for p in pairs.itertuples()
        if context.seen(p.method, p.target)
    }
    seen |= {(source, method, MEAN) for source, method, _ in seen}
    keys = zip(table["source"], table["method"], table["target"], strict=True)
    return [key in seen for key in keys]
