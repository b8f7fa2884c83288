"""Everything that is known of a ranking, as three tables."""

from dataclasses import dataclass, field

import pandas as pd

from sambench.ranking.bootstrap import DRAWS, SEED, bootstrap
from sambench.ranking.pairwise import case_means, compare_pairs
from sambench.ranking.ranks import mean_then_rank, rank_then_mean
from sambench.tables.aggregate import build_table
from sambench.tables.cells import select_rows, single_case_targets
from sambench.tables.context import CONTROL, Context
from sambench.tables.soundness import suspect_runs


@dataclass(frozen=True)
class Ranking:
    """A ranking with its uncertainty.

    Attributes
    ----------
    ranks : DataFrame
        One row per method, in blocks of one kind of prompt: mean, ranks by
        mean and by case, 95 % intervals of mean and rank, `p_first`, and
        `p_false_claim`, the probability that the best of the block is not better than
        this one (NaN for itself; of a control: for the first block that has to beat
        it).
    frequencies : DataFrame
        Share of bootstrap draws by method and rank.
    pairs : DataFrame
        Tests of pairs of methods with one kind of prompt, and of pairs with a control.
    obstacle : str
        Why there are no intervals; "" if there are.
    seeds : int
        Number of seeds whose variance the intervals contain, 1 for none.
    single : tuple of str
        Targets of which one case was scored.
    draws : int
        Number of bootstrap samples.
    suspects : DataFrame
        Result of `sambench.tables.soundness.suspect_runs`.
    """

    ranks: pd.DataFrame
    frequencies: pd.DataFrame
    pairs: pd.DataFrame
    obstacle: str
    seeds: int
    single: tuple[str, ...]
    draws: int
    suspects: pd.DataFrame = field(default_factory=pd.DataFrame)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return its tables by the suffix of their files."""
        return {
            ".csv": self.ranks,
            ".frequencies.csv": self.frequencies,
            ".pairs.csv": self.pairs,
            ".suspects.csv": self.suspects,
        }


def rank_methods(
    scores: pd.DataFrame,
    context: Context,
    metric: str,
    *,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Ranking:
    """Rank methods in two ways and compute how sure each rank is.

    Parameters
    ----------
    scores, context, metric
        As for `sambench.tables.aggregate.build_table`.
    draws, seed : int
        Number of draws and seed of the bootstrap.
    """
    by_mean = mean_then_rank(build_table(scores, context, metric))
    by_case = rank_then_mean(scores, context, metric)
    ranks = by_mean.merge(
        by_case, on="method", suffixes=("_by_mean", "_by_case"), how="left"
    )
    resampled = bootstrap(scores, context, metric, draws=draws, seed=seed)
    ranks = ranks.merge(resampled.summary(), on="method", how="left")
    ranks["control"] = ranks["block"] == CONTROL
    pairs = compare_pairs(case_means(scores, context, metric), metric, context)
    pairs = _in_order(pairs, list(ranks["method"]))
    ranks["p_false_claim"] = _false_claims(ranks, pairs, context)
    rows = select_rows(scores, context.protocol, metric)
    return Ranking(
        ranks,
        resampled.frequencies(),
        pairs,
        resampled.obstacle,
        resampled.seeds,
        tuple(single_case_targets(rows)),
        draws,
        suspect_runs(scores, context),
    )


def winners(ranks: pd.DataFrame) -> dict[str, str]:
    """Return by block its best method by mean among clean, complete results."""
    competing = ranks[~ranks["control"] & ranks["rank_by_mean"].notna()]
    best = competing.sort_values(["rank_by_mean", "method"])
    return best.groupby("block", sort=False)["method"].first().to_dict()


def rivals(ranks: pd.DataFrame, context: Context, winner: str) -> list[str]:
    """List what a winner has to beat: its block, and controls that know no more.

    Methods whose weights had seen the data are out of competition.
    """
    block = ranks.loc[ranks["method"] == winner, "block"].iloc[0]
    clean = (ranks["block"] == block) & ~ranks["seen"].eq(True)
    equals = ranks.loc[clean & (ranks["method"] != winner)]
    controls = set(context.must_beat(winner)) & set(ranks["method"])
    return [*equals["method"], *sorted(controls)]


def doubts(pairs: pd.DataFrame, winner: str) -> dict[str, float]:
    """Return by other method the probability that the winner is not better than it."""
    found = {}
    for pair in pairs.itertuples():
        if winner == pair.method:
            found[pair.other] = pair.p_not_better
        elif winner == pair.other:  # ahead by the protocol's mean, behind by cases
            found[pair.method] = 1 - pair.p_not_better
    return found


def _in_order(pairs: pd.DataFrame, order: list[str]) -> pd.DataFrame:
    """Put pairs of competitors first, then each by the ranks of its methods."""
    return pairs.sort_values(
        ["family", "method", "other"],
        key=lambda names: names if names.name == "family" else names.map(order.index),
        ignore_index=True,
    )


def _false_claims(
    ranks: pd.DataFrame, pairs: pd.DataFrame, context: Context
) -> pd.Series:
    found: dict[str, float] = {}
    for winner in winners(ranks).values():
        beaten = doubts(pairs, winner)
        for rival in rivals(ranks, context, winner):
            if rival in beaten:
                found.setdefault(rival, beaten[rival])
    return ranks["method"].map(found).astype(float)
