"""Two ways to rank methods: by their mean, and by their mean rank on each case."""

import pandas as pd

from sambench.metrics.names import best_value, is_distance
from sambench.tables.aggregate import MEAN, OVERALL, competition_ranks
from sambench.tables.cells import cell_values, pair_scores, select_rows

_CASE = ["structure", "source", "target", "case"]


def mean_then_rank(table: pd.DataFrame) -> pd.DataFrame:
    """Rank methods by their overall mean.

    Parameters
    ----------
    table : DataFrame
        Result of `sambench.tables.aggregate.build_table`.

    Returns
    -------
    DataFrame
        method, `mean` in the unit of the table, `rank` from 1 (ties share the better
        rank; NaN for a method with incomplete results), best first.
    """
    overall = table[(table["structure"] == OVERALL) & (table["column"] == MEAN)]
    ranks = overall[["method", "value", "rank"]].rename(columns={"value": "mean"})
    return ranks.sort_values(["rank", "method"], ignore_index=True)


def rank_then_mean(
    scores: pd.DataFrame, protocol: dict, benchmark: dict, metric: str
) -> pd.DataFrame:
    """Rank methods on each case, then average ranks as the protocol averages scores.

    Each case is first averaged over the seeds of a method. A method without a score of
    a case ranks last on it. Where the label is empty, a prediction that is empty too is
    as good as can be and ranks before a false positive; a case on which this holds for
    every method says nothing and is left out.

    Parameters
    ----------
    scores, protocol, benchmark, metric
        As for `sambench.tables.aggregate.build_table`.

    Returns
    -------
    DataFrame
        method, `mean_rank`, `rank` of that mean (ties share the better rank), `n_cases`
        ranked (case, structure and source) and `n_missing` of these, best first.
    """
    rows = select_rows(scores, protocol, metric)
    # Not applicable is not missing: label and prediction agree that nothing is there.
    agreed = rows["outcome"] == "both_empty"
    rows = rows.assign(value=rows["value"].mask(agreed, best_value(metric)))
    informative = (~agreed).groupby([rows[key] for key in _CASE]).transform("any")
    rows = rows[informative]
    values = rows.groupby([*_CASE, "method"])["value"].mean().unstack("method").round(9)
    ranks = values.rank(
        axis="columns",
        method="min",
        ascending=is_distance(metric),
        na_option="bottom",
    )

    # The ranks take the way of scores from here, so that both orders weigh cases alike.
    by_source = benchmark.get("table_columns", "source") == "source"
    column = "source" if by_source else "target"
    long = ranks.melt(ignore_index=False, value_name="value").reset_index()
    pairs = pair_scores(long.assign(seed=0, outcome="scored"))
    cells = cell_values(pairs, protocol["average"], ["method", "structure", column])
    mean_rank = cells.groupby("method")["value"].mean().rename("mean_rank")
    result = mean_rank.reset_index().astype({"method": str})  # if it is empty, too
    result["rank"] = competition_ranks(result["mean_rank"], lower_is_better=True)
    result["n_cases"] = len(values)
    result["n_missing"] = result["method"].map(values.isna().sum())
    return result.sort_values(["rank", "method"], ignore_index=True)
