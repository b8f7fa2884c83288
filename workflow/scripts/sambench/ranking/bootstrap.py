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
    pairs = pd.concat(pairs, ignore_index=True)
    runs, means = _by_run(
        np.hstack(totals), np.hstack(counts), pairs, protocol["average"], column
    )
    seeds = runs.groupby("method")["seed"].nunique()
    means = _over_resampled_seeds(means, runs, methods, draws, seed)
    blocks = context.competing_blocks(rows)
    blocks = [blocks.get(method, CONTROL) for method in methods]
    ranks = _ranks(means, blocks, lower_is_better(metric))
    return Bootstrap(methods, means, ranks, seeds=int(seeds.max()))


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


def _by_run(
    totals: np.ndarray,
    counts: np.ndarray,
    pairs: pd.DataFrame,
    average: str,
    column: str,
) -> tuple[pd.DataFrame, np.ndarray]:
    """Average pairs (draws, pairs) into cells, and cells into runs (draws, runs)."""
    keys = ["method", "seed", "structure", column]
    codes = pairs.groupby(keys, sort=False).ngroup().to_numpy()
    first = pairs[keys].drop_duplicates()  # in the order of the codes
    to_cell = np.eye(len(first))[codes]
    if average == "cases":
        cells = _ratio(totals @ to_cell, counts @ to_cell)
    else:
        cells = _mean(_ratio(totals, counts), to_cell)
    runs = first[["method", "seed"]]
    codes = runs.groupby(["method", "seed"], sort=False).ngroup().to_numpy()
    runs = runs.drop_duplicates()
    return runs, _mean(cells, np.eye(len(runs))[codes])


def _over_resampled_seeds(
    means: np.ndarray, runs: pd.DataFrame, methods: list[str], draws: int, seed: int
) -> np.ndarray:
    """Average runs (draws, runs) over seeds drawn with replacement (draws, methods)."""
    counts = runs.groupby("method").size().to_dict()
    weights = resampling_weights(counts, draws, [seed, 1])
    columns = []
    for method in methods:
        of_method = runs[runs["method"] == method].sort_values("seed")
        values = means[:, [runs.index.get_loc(label) for label in of_method.index]]
        known = np.isfinite(values)
        total = (np.where(known, values, 0.0) * weights[method]).sum(axis=1)
        columns.append(_ratio(total, (known * weights[method]).sum(axis=1)))
    return np.column_stack(columns)


def _ratio(totals: np.ndarray, counts: np.ndarray) -> np.ndarray:
    return np.divide(totals, counts, out=np.full_like(totals, np.nan), where=counts > 0)


def _mean(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Average columns by group, leaving out draws without any applicable case."""
    known = np.isfinite(values)
    return _ratio(np.where(known, values, 0.0) @ groups, known.astype(float) @ groups)
