"""The full matrix: every source against every target, method by method."""

import pandas as pd

from sambench.metrics.names import is_distance
from sambench.settings.grid import ALL
from sambench.tables.aggregate import MEAN, competition_ranks, listed_structures
from sambench.tables.cells import cell_values, pair_scores, select_rows
from sambench.tables.layout import (
    Layout,
    best_marks,
    column_label,
    distinct,
    is_control,
    label_of,
    number,
    title_of,
)
from sambench.tables.protocol import in_words

_COUNTS = ["n_scores", "n_failures", "n_not_applicable"]
_KEYS = ["source", "method", "structure", "target"]


def build_matrix(
    scores: pd.DataFrame, protocol: dict, benchmark: dict, metric: str
) -> pd.DataFrame:
    """Average score rows for every source and target.

    Parameters
    ----------
    scores, protocol, benchmark, metric
        As for `sambench.tables.aggregate.build_table`.

    Returns
    -------
    DataFrame
        A row per source, method, structure and target (``"mean"``: over the targets of
        the source as the protocol averages): `value`, `sd` over seeds, `rank` among the
        methods of the cell, counts over all seeds; and benchmark, protocol, metric,
        unit, data_source. NaN where a case, a target or a seed is missing.
    """
    rows = select_rows(scores, protocol, metric)
    pairs = pair_scores(rows)
    cells = cell_values(pairs, "targets", ["seed", *_KEYS])
    mean = cell_values(
        pairs, protocol["average"], ["seed", "source", "method", "structure"]
    )
    every = pd.concat([cells, mean.assign(target=MEAN)], ignore_index=True)
    groups = every.groupby(_KEYS, sort=False)
    table = groups[_COUNTS].sum()
    table["n_seeds"] = groups.size()
    complete = groups["value"].count() == table["n_seeds"]
    table["value"] = groups["value"].mean().where(complete)
    table["sd"] = groups["value"].std().where(complete)
    table = table.reset_index()
    table["rank"] = table.groupby(["source", "structure", "target"])["value"].transform(
        competition_ranks, lower_is_better=is_distance(metric)
    )
    table["benchmark"] = rows["benchmark"].iloc[0]
    table["protocol"] = protocol["id"]
    table["metric"] = metric
    table["unit"] = rows["unit"].iloc[0]
    table["data_source"] = "+".join(sorted(rows["data_source"].unique()))
    order = {
        "source": [*benchmark.get("sources", []), *table["source"]],
        "target": [*benchmark.get("targets", []), *table["target"]],
    }
    order["target"] = [t for t in order["target"] if t != MEAN] + [MEAN]
    return table.sort_values(
        ["source", "target"],
        key=lambda keys: keys.map(order[keys.name].index),
        kind="stable",
        ignore_index=True,
    )


def lay_out_matrix(
    table: pd.DataFrame, protocol: dict, benchmark: dict, methods: dict[str, dict]
) -> Layout:
    """Arrange the matrix: rows are methods by source, columns structures by target."""
    metric = table["metric"].iloc[0]
    order = [m for m in methods if m in set(table["method"])]
    order += [m for m in dict.fromkeys(table["method"]) if m not in order]
    order.sort(key=lambda method: is_control(methods, method))
    labels = distinct({method: label_of(methods, method) for method in order})
    listed = listed_structures(benchmark)
    structures = list(dict.fromkeys([*listed, *table["structure"]]))
    structures = [name for name in structures if name in set(table["structure"])]
    targets = list(dict.fromkeys(table["target"]))
    targets = [t for t in targets if t != MEAN] + [MEAN]
    targets.sort(key=[*benchmark.get("targets", []), *targets].index)
    names = distinct({target: column_label(benchmark, target) for target in targets})
    keys = [(s, t) for s in structures for t in targets]
    groups, rows, cells, marks, about = [], [], [], [], []
    for source in dict.fromkeys(table["source"]):
        part = table[table["source"] == source]
        found = {
            key: cell.set_index("method")[["value", "sd"]]
            for key, cell in part.groupby(["structure", "target"])
        }
        nothing = pd.DataFrame({"value": [], "sd": []})
        columns = [found.get(key, nothing).reindex(order) for key in keys]
        for place, method in enumerate(order):
            groups.append(column_label(benchmark, source))
            rows.append(labels[method])
            # `all` stands for whatever a method was trained on, see `select_rows`.
            of_source = {} if source == ALL else {"source": source}
            about.append({"method": method} | of_source)
            cells.append([number(*column.iloc[place]) for column in columns])
        marked = [best_marks(column, methods, metric) for column in columns]
        marks += [list(row) for row in zip(*marked, strict=True)]
    caption = (
        f"{in_words(protocol)} Rows are what was trained on and how, columns what was "
        "tested on; Mean is over the targets of a source. Bold and underlined are the "
        "best and second best of the methods of a source that are not controls. An en "
        "dash stands for what was not run or is incomplete."
    )
    return Layout(
        title=f"{title_of(table, protocol, benchmark)}, every source and target",
        caption=caption,
        header=[(s if len(structures) > 1 else "", names[t]) for s, t in keys],
        methods=rows,
        cells=cells,
        marks=marks,
        n_controls=0,
        groups=groups,
        corner=("Source", "Method"),
        rows=about,
        columns=[
            {"structure": structure} | ({} if target == MEAN else {"target": target})
            for structure, target in keys
        ],
    )
