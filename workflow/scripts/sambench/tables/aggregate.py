"""From score rows to a tidy table under one protocol."""

import pandas as pd

from sambench.metrics.names import lower_is_better
from sambench.tables.cells import COUNTS, cell_values, pair_scores, select_rows
from sambench.tables.context import CONTROL, MEAN, Context, data_source_of
from sambench.tables.soundness import suspect_methods

OVERALL = "overall"
"""Structure of the mean over every cell of a method; methods are ranked by it."""

COLUMNS = [
    "benchmark",
    "protocol",
    "metric",
    "unit",
    "method",
    "block",
    "structure",
    "column",
    "value",
    "sd",
    "rank",
    "rank_with_seen",
    "seen",
    "suspect",
    "n_seeds",
    "n_cases",
    *COUNTS,
    "data_source",
]


def competition_ranks(values: pd.Series, *, lower_is_better: bool) -> pd.Series:
    """Rank values from 1 (best); equals share the better rank, NaN has none.

    Values are compared to nine decimals, so that sums in another order stay equal.
    """
    return values.round(9).rank(method="min", ascending=lower_is_better)


def build_table(scores: pd.DataFrame, context: Context, metric: str) -> pd.DataFrame:
    """Aggregate score rows into the table of one metric under one protocol.

    A cell is the average that the protocol names, taken for each seed and then averaged
    over seeds. The columns are the sources of the benchmark, each over its targets, or
    its targets (`table_columns`). The mean over columns gives each column equal weight,
    and the overall value gives each cell equal weight. Values that do not apply are
    left out and counted. A cell is NaN when a case, target or seed of it is missing
    that another method (or another cell of the method) has, and so are the means over
    it: there is no mean over fewer columns.

    Parameters
    ----------
    scores : DataFrame
        Columns of `sambench.metrics.scores_file.SCHEMA`, all methods of one benchmark.
    context : Context
        Its protocol has `id`, `slices` and `average`, its benchmark `id`,
        `table_columns`, `sources`, `targets`.
    metric : str
        Such as ``"dice"`` or ``"nsd_2mm"``.

    Returns
    -------
    DataFrame
        `COLUMNS`, one row per method, structure and column. `value` in `unit`; `sd`
        over seeds (NaN for one seed); `rank` within the block of the method, of those
        whose weights had not seen the data (`rank_with_seen`: of all), NaN for
        controls; `n_cases` distinct cases; the other counts are over all seeds. Means
        have the column ``"mean"``; the mean over structures also has the structure
        ``"overall"``.
    """
    rows = select_rows(scores, context.protocol, metric)
    column = "source" if context.by_source else "target"

    cell = ["method", "seed", "structure", column]
    cells = cell_values(pair_scores(rows), context.protocol["average"], cell)
    cells = cells.rename(columns={column: "column"})
    parts = [cells, _mean_over(cells, structure=OVERALL)]
    if context.by_source:
        parts.insert(1, _mean_over(cells, structure=None))
    table = over_seeds(pd.concat(parts), ["method", "structure", "column"])
    table["n_cases"] = _count_cases(rows, column, table)
    table["seen"] = _seen(rows, column, table, context)
    table = describe(table, rows, scores, context, metric)
    table = with_ranks(table, ["structure", "column"], metric)
    return _in_order(table, context, column)[COLUMNS]


def over_seeds(per_seed: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Average cells over seeds; NaN if a seed of a cell has no value.

    Parameters
    ----------
    per_seed : DataFrame
        `keys`, `value` and `COUNTS`, one row per cell and seed.
    keys : list of str
        Columns that name a cell.

    Returns
    -------
    DataFrame
        `keys`, summed `COUNTS`, `n_seeds`, `value` and its `sd`.
    """
    groups = per_seed.groupby(keys, sort=False)
    table = groups[COUNTS].sum()
    table["n_seeds"] = groups.size()
    complete = groups["value"].count() == table["n_seeds"]
    table["value"] = groups["value"].mean().where(complete)
    table["sd"] = groups["value"].std().where(complete)
    return table.reset_index()


def describe(
    table: pd.DataFrame,
    rows: pd.DataFrame,
    scores: pd.DataFrame,
    context: Context,
    metric: str,
) -> pd.DataFrame:
    """Add what is the same for all of a table, and what is known of its methods."""
    suspects = suspect_methods(scores, context)
    return table.assign(
        block=[context.block(method) for method in table["method"]],
        suspect=table["method"].isin(suspects),
        benchmark=rows["benchmark"].iloc[0],
        protocol=context.protocol["id"],
        metric=metric,
        unit=rows["unit"].iloc[0],
        data_source=data_source_of(rows),
    )


def with_ranks(table: pd.DataFrame, cell: list[str], metric: str) -> pd.DataFrame:
    """Rank methods within their block: those with the same kind of prompt.

    Parameters
    ----------
    table : DataFrame
        `value`, `block`, `seen` and the columns of `cell`.
    cell : list of str
        Columns within which methods are compared.
    metric : str
        Says which end is better.

    Returns
    -------
    DataFrame
        With `rank`, among clean results, and `rank_with_seen`, among all of the block.
    """
    lower = lower_is_better(metric)
    competing = table["value"].where(table["block"] != CONTROL)
    for name, values in (
        ("rank", competing.where(~table["seen"])),
        ("rank_with_seen", competing),
    ):
        groups = values.groupby([table[key] for key in ["block", *cell]])
        table[name] = groups.transform(competition_ranks, lower_is_better=lower)
    return table


def pair_means(scores: pd.DataFrame, context: Context, metric: str) -> pd.DataFrame:
    """Return the mean over cases of every source-target pair.

    Parameters
    ----------
    scores, context, metric
        As for `build_table`.

    Returns
    -------
    DataFrame
        method, structure, source, target, `value` (mean over seeds; NaN when a case or
        seed is missing).
    """
    pairs = pair_scores(select_rows(scores, context.protocol, metric))
    keys = ["method", "structure", "source", "target"]
    return over_seeds(cell_values(pairs, "targets", [*keys, "seed"]), keys)[
        [*keys, "value"]
    ]


def _mean_over(cells: pd.DataFrame, structure: str | None) -> pd.DataFrame:
    """Average the cells of each method and seed, or of each structure of these."""
    keys = ["method", "seed", "structure"]
    if structure is not None:
        cells = cells.assign(structure=structure)
    groups = cells.groupby(keys, sort=False)
    means = groups[COUNTS].sum()
    value = groups["value"]
    means["value"] = value.mean().where(value.count() == groups.size())
    return means.reset_index().assign(column=MEAN)


def _count_cases(rows: pd.DataFrame, column: str, table: pd.DataFrame) -> pd.Series:
    """Count the distinct cases behind each row of the table."""
    keys = ["method", "structure", "target", "case"]
    cases = rows[list(dict.fromkeys([*keys, column]))].drop_duplicates()
    cases = cases.assign(column=cases[column])
    overall = cases.assign(structure=OVERALL, column=MEAN)
    every = pd.concat([cases, cases.assign(column=MEAN), overall])
    every = every.drop_duplicates([*keys, "column"])
    counts = every.groupby(["method", "structure", "column"]).size().rename("n")
    wanted = table[["method", "structure", "column"]]
    return wanted.merge(counts.reset_index(), how="left")["n"].fillna(0).astype(int)


def _seen(
    rows: pd.DataFrame, column: str, table: pd.DataFrame, context: Context
) -> pd.Series:
    """Return whether any target behind each row of the table had been trained on."""
    pairs = rows[list(dict.fromkeys(["method", column, "target"]))].drop_duplicates()
    pairs = pairs[[context.seen(p.method, p.target) for p in pairs.itertuples()]]
    cells = set(zip(pairs["method"], pairs[column], strict=True))
    cells |= {(method, MEAN) for method, _ in cells}
    keys = zip(table["method"], table["column"], strict=True)
    return pd.Series([key in cells for key in keys], index=table.index, dtype=bool)


def _in_order(table: pd.DataFrame, context: Context, column: str) -> pd.DataFrame:
    """Sort by block and overall rank, then in the order of the benchmark."""
    overall = table[table["structure"] == OVERALL]
    overall = overall.assign(direction=overall["value"].round(9))
    lower = lower_is_better(table["metric"].iloc[0])
    overall = overall.sort_values(["direction", "method"], ascending=[lower, True])
    methods = context.in_blocks(overall["method"])
    structures = context.structures(table["structure"])
    structures.sort(key=lambda structure: structure == OVERALL)
    listed = context.benchmark.get(f"{column}s", [])
    names = list(dict.fromkeys([*listed, *table["column"]]))
    names.sort(key=lambda name: name == MEAN)
    order = {"method": methods, "structure": structures, "column": names}
    if column == "target":  # targets keep their order, whatever their structures
        order["structure"] = order.pop("structure")
    return table.sort_values(
        list(order),
        key=lambda keys: keys.map(order[keys.name].index),
        kind="stable",
        ignore_index=True,
    )
