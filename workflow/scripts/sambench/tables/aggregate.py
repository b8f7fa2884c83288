"""From score rows to a tidy table under one protocol."""

import pandas as pd

from sambench.metrics.names import lower_is_better
from sambench.tables.cells import (
    COUNTS,
    cell_values,
    complete_mean,
    pair_scores,
    select_rows,
)
from sambench.tables.context import CONTROL, MEAN, Context, data_source_of
from sambench.tables.soundness import suspect_methods

OVERALL = "overall"
"""Structure of the mean over every cell of a method; methods are ranked by it."""

NUMBERS = [
    *("value", "sd", "rank", "rank_with_seen"),
    *("seen", "suspect", "n_seeds", "n_cases"),
    *COUNTS,
]
"""What a tidy table says of each cell."""

COLUMNS = [
    *("benchmark", "protocol", "metric", "unit"),
    *("method", "block", "structure", "column"),
    *NUMBERS,
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
    keys = ["method", "structure", "column"]
    average = context.protocol["average"]
    cells = cell_values(
        pair_scores(rows), average, ["seed", "method", "structure", column]
    )
    cells = cells.rename(columns={column: "column"})
    parts = [cells, _mean_over(cells.assign(structure=OVERALL))]
    if context.by_source:
        parts.insert(1, _mean_over(cells))
    mean = rows.assign(column=MEAN)
    behind = [rows.assign(column=rows[column]), mean, mean.assign(structure=OVERALL)]
    table = finished(pd.concat(parts), keys, behind, scores, context, metric)
    return _in_order(table, context, column)[COLUMNS]


def finished(
    per_seed: pd.DataFrame,
    keys: list[str],
    behind: list[pd.DataFrame],
    scores: pd.DataFrame,
    context: Context,
    metric: str,
) -> pd.DataFrame:
    """Average cells over seeds, rank them, and add what is known of them.

    Parameters
    ----------
    per_seed : DataFrame
        `keys`, `value` and `COUNTS`, one row per cell and seed.
    keys : list of str
        Columns that name a cell: method, structure and others.
    behind : list of DataFrame
        All score rows with the `keys` of the cells that they count for, and again with
        those of means.

    Returns
    -------
    DataFrame
        `keys`, `NUMBERS`, and what is the same for all rows of a table.
    """
    table = over_seeds(per_seed, keys)
    names = [*keys, "target", "case"]
    cases = pd.concat([part[names].drop_duplicates() for part in behind])
    cases, rows = cases.drop_duplicates(), behind[0]
    places = [key for key in keys if key != "structure"]
    pairs = cases[[*places, "target"]].drop_duplicates()
    seen = [context.seen(pair.method, pair.target) for pair in pairs.itertuples()]
    seen = pairs.assign(seen=seen).groupby(places)["seen"].any()
    table = table.join(cases.groupby(keys).size().rename("n_cases"), on=keys)
    table = table.join(seen, on=places)
    table["n_cases"] = table["n_cases"].fillna(0).astype(int)
    table["seen"] = table["seen"].eq(True)
    table = table.assign(
        block=table["method"].map(context.block),
        suspect=table["method"].isin(suspect_methods(scores, context)),
        benchmark=rows["benchmark"].iloc[0],
        protocol=context.protocol["id"],
        metric=metric,
        unit=rows["unit"].iloc[0],
        data_source=data_source_of(rows),
    )
    return _with_ranks(table, [key for key in keys if key != "method"], metric)


def over_seeds(per_seed: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Average cells, named by keys, over seeds; NaN if a seed of a cell has no value.

    Returns
    -------
    DataFrame
        `keys`, summed `COUNTS`, `n_seeds`, `value` and its `sd`.
    """
    groups = per_seed.groupby(keys, sort=False)
    table = groups[COUNTS].sum()
    table["n_seeds"] = groups.size()
    table["value"] = complete_mean(groups["value"])
    table["sd"] = groups["value"].std().where(table["value"].notna())
    return table.reset_index()


def _with_ranks(table: pd.DataFrame, cell: list[str], metric: str) -> pd.DataFrame:
    """Rank the methods of a cell within their block: clean results, and all of them."""
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
    """Return the mean over cases, then seeds, of every source-target pair.

    Columns are method, structure, source, target and `value`, NaN if a case or seed is
    missing.
    """
    pairs = pair_scores(select_rows(scores, context.protocol, metric))
    keys = ["method", "structure", "source", "target"]
    return over_seeds(cell_values(pairs, "targets", [*keys, "seed"]), keys)[
        [*keys, "value"]
    ]


def _mean_over(cells: pd.DataFrame) -> pd.DataFrame:
    """Average the columns of each method, seed and structure."""
    groups = cells.groupby(["method", "seed", "structure"], sort=False)
    means = groups[COUNTS].sum()
    means["value"] = complete_mean(groups["value"])
    return means.reset_index().assign(column=MEAN)


def _in_order(table: pd.DataFrame, context: Context, column: str) -> pd.DataFrame:
    """Sort by block and overall rank, then in the order of the benchmark."""
    overall = table[table["structure"] == OVERALL]
    overall = overall.assign(direction=overall["value"].round(9))
    lower = lower_is_better(table["metric"].iloc[0])
    overall = overall.sort_values(["direction", "method"], ascending=[lower, True])
    methods = context.in_blocks(overall["method"])
    structures = context.structures(table["structure"])
    structures.sort(key=lambda structure: structure == OVERALL)
    names = context.domains(column, table["column"])
    order = {"method": methods, "structure": structures, "column": names}
    if column == "target":  # targets keep their order, whatever their structures
        order["structure"] = order.pop("structure")
    return sort_by(table, order)


def sort_by(table: pd.DataFrame, order: dict[str, list]) -> pd.DataFrame:
    """Sort rows by some columns, each in the order of a list of its values."""
    return table.sort_values(
        list(order),
        key=lambda values: values.map(order[values.name].index),
        kind="stable",
        ignore_index=True,
    )
