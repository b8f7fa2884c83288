"""How sure a ranking is: bootstrap over the cases of each target, and over seeds."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from sambench.metrics.names import lower_is_better
from sambench.ranking.pairwise import why_no_interval
from sambench.tables.cells import cell_values, pair_scores, select_rows
from sambench.tables.context import CONTROL, Context

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
        Rank from 1 (best) within the block of the method; ties share the better rank.
        Controls, methods whose weights had seen the data, and a method that is alone
        in its block have NaN.
    obstacle : str
        Why nothing was resampled; "" if it was.
    seeds : int
        Largest number of seeds that were resampled, 1 if none were.
    """

    methods: list[str]
    means: np.ndarray
    ranks: np.ndarray
    obstacle: str = ""
    seeds: int = 1

    def summary(self) -> pd.DataFrame:
        """Return one row per method: 95 % intervals of mean and rank, share of firsts.

        `p_first` is the share of draws in which it ranks first in its block, alone or
        not. NaN if nothing was resampled, and for ranks of controls.
        """
        columns = ["mean_low", "mean_high", "rank_low", "rank_high", "p_first"]
        found = pd.DataFrame(np.nan, index=range(len(self.methods)), columns=columns)
        if not self.obstacle and self.methods:
            ranked = ~np.isnan(self.ranks).any(axis=0)
            means = np.percentile(self.means, INTERVAL, axis=0)
            found[["mean_low", "mean_high"]] = means.T
            if ranked.any():
                ranks = self.ranks[:, ranked]
                spans = np.percentile(ranks, INTERVAL, axis=0, method="nearest")
                found.loc[ranked, ["rank_low", "rank_high"]] = spans.T
                found.loc[ranked, "p_first"] = (ranks == 1).mean(axis=0)
        return found.assign(method=self.methods)[["method", *columns]]

    def frequencies(self) -> pd.DataFrame:
        """Return one row per ranked method and rank with its share of the draws."""
        columns = ["method", "rank", "frequency"]
        if self.obstacle or np.isnan(self.ranks).all():
            return pd.DataFrame(columns=columns)
        rows = [
            (method, rank, float((self.ranks[:, index] == rank).mean()))
            for index, method in enumerate(self.methods)
            if not np.isnan(self.ranks[:, index]).any()
            for rank in range(1, int(np.nanmax(self.ranks)) + 1)
        ]
        return pd.DataFrame(rows, columns=columns)


def bootstrap(
    scores: pd.DataFrame,
    context: Context,
    metric: str,
    *,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Bootstrap:
    """Resample cases within targets, and seeds, and average anew as the protocol does.

    A draw takes as many cases from each target as it has, with replacement, the same
    for every method, source, seed and structure, so that methods are compared on the
    same cases. Then it takes as many seeds of each method as it has, with replacement,
    for each method apart: trainings of different methods have nothing in common. With
    one seed the variance of training is not in the draws. Methods with incomplete
    results take no part; with too few cases nothing is drawn (`why_no_interval`).

    Parameters
    ----------
    scores, context, metric
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
    protocol = context.protocol
    rows = select_rows(scores, protocol, metric)
    column = "source" if context.by_source else "target"
    cells = cell_values(
        pair_scores(rows), "targets", ["method", "seed", "structure", column]
    )
    complete = cells.groupby("method", sort=False)["value"].agg(
        lambda values: values.notna().all()
    )
    methods = sorted(complete.index[complete])
    rows = rows[rows["method"].isin(methods)]
    obstacle = why_no_interval(rows)
    if not methods or obstacle:
        empty = np.full((draws, len(methods)), np.nan)
        return Bootstrap(methods, empty, empty, obstacle or "no complete result")
    means, seeds = _resampled(rows, protocol["average"], column, draws, seed)
    blocks = context.competing_blocks(rows)
    blocks = [blocks.get(method, CONTROL) for method in methods]
    ranks = _ranks(means, blocks, lower_is_better(metric))
    return Bootstrap(methods, means, ranks, seeds=seeds)


def _resampled(
    rows: pd.DataFrame, average: str, column: str, draws: int, seed: int
) -> tuple[np.ndarray, int]:
    """Return means (draws, methods) of resampled rows, and the most seeds of a method.

    Cells are named by a column of the table. What no case of a draw has is left out.
    """
    by_target = dict(list(rows.groupby("target", sort=True)))
    sizes = {target: part["case"].nunique() for target, part in by_target.items()}
    weights = resampling_weights(sizes, draws, seed)
    totals, counts = [], []  # by pair of every run: (pairs, draws)
    for target, part in by_target.items():
        wide = part.pivot_table(
            index="case", columns=_RUN, values="value", dropna=False, observed=True
        ).dropna(axis="columns", how="all")
        taken = weights[target].T
        totals.append(wide.fillna(0.0).T @ taken)
        counts.append(wide.notna().astype(float).T @ taken)
    totals = pd.concat(totals, keys=by_target, names=["target"])
    counts = pd.concat(counts, keys=by_target, names=["target"])
    cell = ["method", "seed", "structure", column]
    if average == "cases":
        totals, counts = totals.groupby(cell).sum(), counts.groupby(cell).sum()
    cells = _ratio(totals, counts).groupby(cell).mean()
    runs = cells.groupby(["method", "seed"]).mean()  # sorted, as methods and seeds are
    seeds = runs.groupby("method").size()
    taken = resampling_weights(seeds.to_dict(), draws, [seed, 1])
    weight = np.hstack([taken[method] for method in seeds.index]).T
    totals = (runs.fillna(0.0) * weight).groupby("method").sum()
    counts = (runs.notna() * weight).groupby("method").sum()
    return _ratio(totals, counts).to_numpy().T, int(seeds.max())


def _ratio(totals: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
    return totals / counts.where(counts > 0)


def _ranks(means: np.ndarray, blocks: list[str], lower_is_better: bool) -> np.ndarray:
    """Rank means (draws, methods) within each block."""
    better = (means if lower_is_better else -means).round(9)
    ranks = np.full_like(means, np.nan)
    for block in set(blocks) - {CONTROL}:
        chosen = np.array([found == block for found in blocks])
        if chosen.sum() > 1:
            ranks[:, chosen] = rankdata(better[:, chosen], method="min", axis=1)
    return ranks


def resampling_weights(
    sizes: dict[str, int], draws: int, seed: int | list[int]
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
        name: generator.multinomial(size, [1 / size] * size, size=draws).astype(float)
        for name, size in sorted(sizes.items())
    }
