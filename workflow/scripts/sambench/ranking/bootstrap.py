"""How sure a ranking is: bootstrap over the cases within each target."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from sambench.metrics.names import is_distance
from sambench.tables.cells import cell_values, pair_scores, select_rows

DRAWS = 1000
SEED = 2026
INTERVAL = (2.5, 97.5)
"""Percentiles of a 95 % interval."""

_RUN = ["method", "seed", "structure", "source"]


@dataclass(frozen=True)
class Bootstrap:
    """Overall means of methods on resampled cases.

    Attributes
    ----------
    methods : list of str
        Methods with complete results, in the order of the columns.
    means : ndarray, (draws, methods)
        Overall mean of each method, in the unit of the metric.
    ranks : ndarray, (draws, methods)
        Rank from 1 (best) among `methods`; ties share the better rank.
    """

    methods: list[str]
    means: np.ndarray
    ranks: np.ndarray

    def summary(self) -> pd.DataFrame:
        """Give a row per method: 95 % intervals of mean and rank, share of firsts.

        Returns
        -------
        DataFrame
            method, `mean_low`, `mean_high`, `rank_low`, `rank_high`, `p_first` (share
            of draws in which the method ranks first, alone or not).
        """
        low, high = np.percentile(self.means, INTERVAL, axis=0)
        rank_low, rank_high = np.percentile(
            self.ranks, INTERVAL, axis=0, method="nearest"
        )
        return pd.DataFrame(
            {
                "method": self.methods,
                "mean_low": low,
                "mean_high": high,
                "rank_low": rank_low,
                "rank_high": rank_high,
                "p_first": (self.ranks == 1).mean(axis=0),
            }
        )

    def frequencies(self) -> pd.DataFrame:
        """Give a row per method and rank with its share of the draws."""
        count = len(self.methods)
        return pd.DataFrame(
            [
                (method, rank, float((self.ranks[:, place] == rank).mean()))
                for place, method in enumerate(self.methods)
                for rank in range(1, count + 1)
            ],
            columns=["method", "rank", "frequency"],
        )


def bootstrap(
    scores: pd.DataFrame,
    protocol: dict,
    benchmark: dict,
    metric: str,
    *,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Bootstrap:
    """Resample cases within targets and average them anew as the protocol does.

    A draw takes as many cases from each target as it has, with replacement, the same
    for every method, source, seed and structure, so that methods are compared on the
    same cases. Methods with incomplete results take no part.

    Parameters
    ----------
    scores, protocol, benchmark, metric
        As for `sambench.tables.aggregate.build_table`.
    draws : int
        Number of resamplings.
    seed : int
        Equal seeds give equal results.

    Returns
    -------
    Bootstrap
        Means and ranks of each draw.
    """
    rows = select_rows(scores, protocol, metric)
    column = "source" if benchmark.get("table_columns") != "target" else "target"
    cells = cell_values(
        pair_scores(rows), "targets", ["method", "seed", "structure", column]
    )
    complete = cells.groupby("method", sort=False)["value"].agg(
        lambda values: values.notna().all()
    )
    methods = sorted(complete.index[complete])
    rows = rows[rows["method"].isin(methods)]

    if not methods:
        return Bootstrap([], np.empty((draws, 0)), np.empty((draws, 0)))
    totals, counts, pairs = [], [], []
    by_target = dict(list(rows.groupby("target", sort=True)))
    sizes = {target: part["case"].nunique() for target, part in by_target.items()}
    weights = resampling_weights(sizes, draws, seed)
    for target, part in by_target.items():
        wide = part.pivot_table(
            index="case", columns=_RUN, values="value", dropna=False, observed=True
        ).dropna(axis="columns", how="all")
        values = wide.to_numpy()
        known = np.isfinite(values)
        totals.append(weights[target] @ np.where(known, values, 0.0))
        counts.append(weights[target] @ known.astype(float))
        pairs.append(wide.columns.to_frame(index=False).assign(target=target))
    means = _overall(
        np.hstack(totals),
        np.hstack(counts),
        pd.concat(pairs, ignore_index=True),
        protocol["average"],
        column,
        methods,
    )
    better = means if is_distance(metric) else -means
    return Bootstrap(methods, means, rankdata(better.round(9), method="min", axis=1))


def resampling_weights(
    sizes: dict[str, int], draws: int, seed: int
) -> dict[str, np.ndarray]:
    """Draw how often each case of each target is taken.

    Parameters
    ----------
    sizes : dict of str to int
        Number of cases of each target.
    draws, seed : int
        As for `bootstrap`.

    Returns
    -------
    dict of str to ndarray, (draws, cases)
        Rows sum to the number of cases; cases are in the order of their names.
    """
    generator = np.random.default_rng(seed)
    return {
        target: generator.multinomial(size, [1 / size] * size, size=draws).astype(float)
        for target, size in sorted(sizes.items())
    }


def _overall(
    totals: np.ndarray,
    counts: np.ndarray,
    pairs: pd.DataFrame,
    average: str,
    column: str,
    methods: list[str],
) -> np.ndarray:
    """Average pairs (draws, pairs) into cells, cells into seeds, seeds into methods."""
    keys = ["method", "seed", "structure", column]
    codes = pairs.groupby(keys, sort=False).ngroup().to_numpy()
    first = pairs[keys].drop_duplicates()  # in the order of the codes
    to_cell = np.eye(len(first))[codes]
    if average == "cases":
        cells = _ratio(totals @ to_cell, counts @ to_cell)
    else:
        cells = _mean(_ratio(totals, counts), to_cell)
    runs = first[["method", "seed"]]
    to_run = np.eye(len(runs.drop_duplicates()))[
        runs.groupby(["method", "seed"], sort=False).ngroup().to_numpy()
    ]
    seeds = runs.drop_duplicates()["method"].to_numpy()
    to_method = (seeds[:, None] == np.array(methods)).astype(float)
    return _mean(_mean(cells, to_run), to_method)


def _ratio(totals: np.ndarray, counts: np.ndarray) -> np.ndarray:
    return np.divide(totals, counts, out=np.full_like(totals, np.nan), where=counts > 0)


def _mean(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Average columns by group, leaving out draws without any applicable case."""
    known = np.isfinite(values)
    return _ratio(np.where(known, values, 0.0) @ groups, known.astype(float) @ groups)
