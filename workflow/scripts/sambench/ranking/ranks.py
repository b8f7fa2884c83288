"""Two ways to rank methods: by their mean, and by their mean rank on each case."""

import pandas as pd

from sambench.metrics.names import best_value, lower_is_better
from sambench.tables.aggregate import OVERALL, competition_ranks
from sambench.tables.cells import cell_values, pair_scores, select_rows
from sambench.tables.context import MEAN, Context

_CASE = ["structure", "source", "target", "case"]


def mean_then_rank(table: pd.DataFrame) -> pd.DataFrame:
    """Rank methods by their overall mean, in the order of the result of `build_table`.

    Columns are method, block, `seen`, `suspect`, `n_cases`, `mean`, `rank` from 1
    within the block and `rank_with_seen` (ties share the better rank; NaN for controls
    and incomplete results).
    """
    overall = table[(table["structure"] == OVERALL) & (table["column"] == MEAN)]
    columns = ["method", "block", "seen", "suspect", "n_cases", "value", "rank"]
    ranks = overall[[*columns, "rank_with_seen"]].rename(columns={"value": "mean"})
    return ranks.reset_index(drop=True)


def rank_then_mean(scores: pd.DataFrame, context: Context, metric: str) -> pd.DataFrame:
    """Rank methods on each case, then average ranks as the protocol averages scores.

    Methods are ranked within their block: those with the same kind of prompt. Each case
    is first averaged over the seeds of a method. A method without a score of a case
    ranks last on it. If the label is empty, a prediction that is empty too is as good
    as can be and ranks before a false positive; a case on which this holds for every
    method of the block says nothing and is left out.

    Returns
    -------
    DataFrame
        method, `mean_rank`, `rank` of that mean (ties share the better rank),
        `n_ranked` ranked (case, structure and source) and `n_missing` of these;
        controls are left out, and methods whose weights had seen the data.
    """
    rows = select_rows(scores, context.protocol, metric)
    blocks = rows["method"].map(context.competing_blocks(rows))
    parts = [_rank_block(part, context, metric) for _, part in rows.groupby(blocks)]
    columns = ["method", "mean_rank", "rank", "n_ranked", "n_missing"]
    return pd.concat(parts) if parts else pd.DataFrame(columns=columns)


def _rank_block(rows: pd.DataFrame, context: Context, metric: str) -> pd.DataFrame:
    # Not applicable is not missing: label and prediction agree that nothing is there.
    agreed = rows["outcome"] == "both_empty"
    rows = rows.assign(value=rows["value"].mask(agreed, best_value(metric)))
    informative = (~agreed).groupby([rows[key] for key in _CASE]).transform("any")
    methods = sorted(rows["method"].unique())
    rows = rows[informative]
    values = rows.groupby([*_CASE, "method"])["value"].mean().unstack("method").round(9)
    values = values.reindex(columns=pd.Index(methods, name="method"))
    ranks = values.rank(
        axis="columns",
        method="min",
        ascending=lower_is_better(metric),
        na_option="bottom",
    )

    # The ranks take the way of scores from here, so that both orders weigh cases alike.
    column = "source" if context.by_source else "target"
    long = ranks.melt(ignore_index=False, value_name="value").reset_index()
    pairs = pair_scores(long.assign(seed=0, outcome="scored"))
    average = context.protocol["average"]
    cells = cell_values(pairs, average, ["method", "structure", column])
    mean_rank = cells.groupby("method")["value"].mean().rename("mean_rank")
    result = mean_rank.reset_index()
    result["rank"] = competition_ranks(result["mean_rank"], lower_is_better=True)
    result["n_ranked"] = len(values)
    result["n_missing"] = result["method"].map(values.isna().sum())
    return result.sort_values(["rank", "method"], ignore_index=True)
