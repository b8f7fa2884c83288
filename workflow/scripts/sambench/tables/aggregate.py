"""From score rows to a tidy table under one protocol."""

import pandas as pd

from sambench.metrics.names import is_distance
from sambench.tables.cells import cell_values, pair_scores, select_rows

MEAN = "mean"
"""Column that holds the mean over the columns of a table."""
OVERALL = "overall"
"""Structure of the mean over every cell of a method; methods are ranked by it."""

COLUMNS = [
    "benchmark",
    "protocol",
    "metric",
    "unit",
    "method",
    "structure",
    "column",
    "value",
    "sd",
    "rank",
    "n_seeds",
    "n_cases",
    "n_scores",
    "n_failures",
    "n_not_applicable",
    "data_source",
]
_COUNTS = ["n_scores", "n_failures", "n_not_applicable"]


def competition_ranks(values: pd.Series, *, lower_is_better: bool) -> pd.Series:
    """Rank values from 1 (best); equals share the better rank, NaN has none.

    Values are compared to nine decimals, so that sums in another order stay equal.
    """
    return values.round(9).rank(method="min", ascending=lower_is_better)


def build_table(
    scores: pd.DataFrame, protocol: dict, benchmark: dict, metric: str
) -> pd.DataFrame:
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
    protocol : dict
        `id`, `slices` and `average` of a protocol file.
    benchmark : dict
        `id`, `table_columns`, `sources`, `targets` of a benchmark file.
    metric : str
        Such as ``"dice"`` or ``"nsd_2mm"``.

    Returns
    -------
    DataFrame
        `COLUMNS`, a row per method, structure and column. `value` in `unit`; `sd` over
        seeds (NaN for one seed); `rank` among the methods of that cell; `n_cases`
        distinct cases; the other counts are over all seeds. Means have the column
        ``"mean"``; the mean over structures, too, the structure ``"overall"``.
    """
    rows = select_rows(scores, protocol, metric)
    by_source = benchmark.get("table_columns", "source") == "source"
    column = "source" if by_source else "target"

    cell = ["method", "seed", "structure", column]
    cells = cell_values(pair_scores(rows), protocol["average"], cell)
    cells = cells.rename(columns={column: "column"})
    parts = [cells, _mean_over(cells, structure=OVERALL)]
    if by_source:
        parts.insert(1, _mean_over(cells, structure=None))
    per_seed = pd.concat(parts, ignore_index=True)

    groups = per_seed.groupby(["method", "structure", "column"], sort=False)
    table = groups[_COUNTS].sum()
    table["n_seeds"] = groups.size()
    complete = groups["value"].count() == table["n_seeds"]
    table["value"] = groups["value"].mean().where(complete)
    table["sd"] = groups["value"].std().where(complete)
    table = table.reset_index()
    table["n_cases"] = _count_cases(rows, column, table)
    table["rank"] = table.groupby(["structure", "column"])["value"].transform(
        competition_ranks, lower_is_better=is_distance(metric)
    )
    table["benchmark"] = rows["benchmark"].iloc[0]
    table["protocol"] = protocol["id"]
    table["metric"] = metric
    table["unit"] = rows["unit"].iloc[0]
    table["data_source"] = "+".join(sorted(rows["data_source"].unique()))
    return _in_order(table, benchmark, column)[COLUMNS]


def pair_means(scores: pd.DataFrame, protocol: dict, metric: str) -> pd.DataFrame:
    """Give the mean over cases of every source-target pair.

    Parameters
    ----------
    scores, protocol, metric
        As for `build_table`.

    Returns
    -------
    DataFrame
        method, structure, source, target, `value` (mean over seeds; NaN when a case or
        seed is missing).
    """
    pairs = pair_scores(select_rows(scores, protocol, metric))
    keys = ["method", "structure", "source", "target"]
    values = cell_values(pairs, "targets", [*keys, "seed"])
    groups = values.groupby(keys, sort=False)["value"]
    means = groups.mean().where(groups.count() == groups.size())
    return means.reset_index()


def _mean_over(cells: pd.DataFrame, structure: str | None) -> pd.DataFrame:
    """Average the cells of each method and seed, or of each structure of these."""
    keys = ["method", "seed", "structure"]
    if structure is not None:
        cells = cells.assign(structure=structure)
    groups = cells.groupby(keys, sort=False)
    means = groups[_COUNTS].sum()
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


def listed_structures(benchmark: dict) -> list[str]:
    """List the structures of a benchmark as its domains do, each once."""
    domains = benchmark.get("domains", {}).values()
    return list(dict.fromkeys(name for d in domains for name in d["structures"]))


def _in_order(table: pd.DataFrame, benchmark: dict, column: str) -> pd.DataFrame:
    """Sort by overall rank, then in the order in which the benchmark lists things."""
    overall = table[table["structure"] == OVERALL].sort_values(["rank", "method"])
    methods = list(overall["method"])
    listed = listed_structures(benchmark)
    structures = list(dict.fromkeys([*listed, *table["structure"]]))
    structures.sort(key=lambda structure: structure == OVERALL)
    names = list(dict.fromkeys([*benchmark.get(f"{column}s", []), *table["column"]]))
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
