"""Everything that is known of a ranking, as three tables."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from sambench.atomic import atomic_path
from sambench.ranking.bootstrap import DRAWS, SEED, bootstrap
from sambench.ranking.pairwise import case_means, compare_pairs
from sambench.ranking.ranks import mean_then_rank, rank_then_mean
from sambench.tables.aggregate import build_table


@dataclass(frozen=True)
class Ranking:
    """A ranking with its uncertainty.

    Attributes
    ----------
    ranks : DataFrame
        A row per method: mean, ranks by mean and by case, 95 % intervals of mean and
        rank, `p_first`, and `p_false_claim`, the probability that the best competitor
        is not better than this one (NaN for itself and for controls).
    frequencies : DataFrame
        Share of bootstrap draws by method and rank.
    pairs : DataFrame
        Tests of every pair of methods.
    """

    ranks: pd.DataFrame
    frequencies: pd.DataFrame
    pairs: pd.DataFrame


def rank_methods(
    scores: pd.DataFrame,
    protocol: dict,
    benchmark: dict,
    metric: str,
    methods: dict[str, dict],
    *,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Ranking:
    """Rank methods in two ways and say how sure each rank is.

    Parameters
    ----------
    scores, protocol, benchmark, metric
        As for `sambench.tables.aggregate.build_table`.
    methods : dict of str to dict
        Recipes by method id; `control` is used.
    draws, seed : int
        Of the bootstrap.
    """
    by_mean = mean_then_rank(build_table(scores, protocol, benchmark, metric))
    by_case = rank_then_mean(scores, protocol, benchmark, metric)
    # A method to which no case applies has no rank, but stays in the list.
    names = ("_by_mean", "_by_case")
    ranks = by_mean.merge(by_case, on="method", how="left", suffixes=names)
    resampled = bootstrap(scores, protocol, benchmark, metric, draws=draws, seed=seed)
    ranks = ranks.merge(resampled.summary(), on="method", how="left")
    controls = {name for name in ranks["method"] if is_control(methods, name)}
    pairs = compare_pairs(case_means(scores, protocol, metric), metric, controls)
    pairs = _in_order(pairs, list(ranks["method"]))
    ranks["control"] = ranks["method"].isin(controls)
    ranks["p_false_claim"] = _false_claims(ranks, pairs)
    return Ranking(ranks, resampled.frequencies(), pairs)


def is_control(methods: dict[str, dict], method: str) -> bool:
    """Say whether a method only checks the pipeline."""
    return bool(methods.get(method, {}).get("control", False))


def claimed_winner(ranks: pd.DataFrame) -> str | None:
    """Give the best competitor by mean; None where there is no competitor."""
    competitors = ranks[~ranks["control"] & ranks["rank_by_mean"].notna()]
    if competitors.empty:
        return None
    return str(competitors.sort_values(["rank_by_mean", "method"])["method"].iloc[0])


def _in_order(pairs: pd.DataFrame, order: list[str]) -> pd.DataFrame:
    """Put pairs of competitors first, then each by the ranks of its methods."""
    return pairs.sort_values(
        ["family", "method", "other"],
        key=lambda names: names if names.name == "family" else names.map(order.index),
        ignore_index=True,
    )


def _false_claims(ranks: pd.DataFrame, pairs: pd.DataFrame) -> pd.Series:
    winner = claimed_winner(ranks)
    found = {}
    for pair in pairs.itertuples():
        if winner == pair.method:
            found[pair.other] = pair.p_not_better
        elif winner == pair.other:  # ahead by the protocol's mean, behind by cases
            found[pair.method] = 1 - pair.p_not_better
    return ranks["method"].map(found).where(~ranks["control"]).astype(float)


def write_ranking(
    ranking: Ranking, ranks: Path, frequencies: Path, pairs: Path
) -> None:
    """Write the three tables of a ranking as CSV files."""
    for path, frame in (
        (ranks, ranking.ranks),
        (frequencies, ranking.frequencies),
        (pairs, ranking.pairs),
    ):
        with atomic_path(path) as temporary:
            frame.to_csv(temporary, index=False, lineterminator="\n")
