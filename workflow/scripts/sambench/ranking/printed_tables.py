"""A ranking and its tests as tables for readers."""

import pandas as pd

from sambench.metrics.names import metric_label
from sambench.ranking.pairwise import FEWEST_CASES
from sambench.ranking.report import Ranking
from sambench.tables.context import Context
from sambench.tables.notes import (
    method_notes,
    paragraph,
    single_case_note,
    synthetic_note,
)
from sambench.tables.printed_table import (
    MISSING,
    RANK_WITH_SEEN,
    Column,
    PrintedTable,
    method_table,
    number,
)


def probability(value: float) -> str:
    """Return a probability with three decimals, none of them rounded to 0."""
    if pd.isna(value):
        return MISSING
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def interval(low: float, high: float, digits: int = 2) -> str:
    """Return an interval, or a dash."""
    return number(low, digits) + ("" if pd.isna(low) else f" to {high:.{digits}f}")


def lay_out_ranks(
    ranking: Ranking, context: Context, metric: str = "dice"
) -> PrintedTable:
    """Arrange one row per method with its ranks by a metric and their uncertainty."""
    ranks = ranking.ranks
    order = list(ranks["method"])
    by_mean, by_case = "mean, then rank", "rank, then mean"
    columns = {
        (by_mean, metric_label(metric)): [number(mean) for mean in ranks["mean"]],
        (by_mean, "95 % interval"): _intervals(ranks, "mean", 2),
        (by_mean, "Rank"): [number(rank, 0) for rank in ranks["rank_by_mean"]],
        (by_mean, "95 % of ranks"): _intervals(ranks, "rank", 0),
        (by_case, "Mean rank"): [number(rank) for rank in ranks["mean_rank"]],
        (by_case, "Rank "): [number(rank, 0) for rank in ranks["rank_by_case"]],
        ("", "First in % of draws"): [number(100 * p, 1) for p in ranks["p_first"]],
        ("", "P(best is not better)"): [probability(p) for p in ranks["p_false_claim"]],
        ("", "Cases"): [f"{n}" for n in ranks["n_cases"]],
        ("", "Missing"): [number(n, 0) for n in ranks["n_missing"]],
    }
    if ranks["seen"].any():
        texts = [number(rank, 0) for rank in ranks["rank_with_seen"]]
        columns[by_mean, RANK_WITH_SEEN] = texts
    caption = paragraph(
        synthetic_note(context),
        "Methods are ranked among those with the same kind of prompt; controls have no "
        "rank.",
        _interval_note(ranking, context),
        "P(best is not better) is the probability that the best method with that kind "
        "of prompt is not better than the row's, from paired per-case means; it is "
        "also given for controls that a method has to beat. Missing: cases without a "
        "score.",
        method_notes(ranks, context),
    )
    return method_table(
        [Column(head, texts) for head, texts in columns.items()],
        context,
        order,
        ranks,
        title=context.title(f"ranking by {metric_label(metric)}"),
        caption=caption,
        view="ranks",
    )


def _interval_note(ranking: Ranking, context: Context) -> str:
    """Return sentences on what the intervals contain, or why there are none."""
    if ranking.obstacle:
        return (
            f"{MISSING} means that there is no interval, share of draws or test: "
            f"{ranking.obstacle}."
        )
    contained = (
        f"the cases within each target and the {ranking.seeds} seeds of training: they "
        f"contain the variance of both, as far as {ranking.seeds} seeds show it"
        if ranking.seeds > 1
        else "the cases within each target: the variance of training (one seed) is not "
        "in them"
    )
    return paragraph(
        f"Intervals and shares are of {ranking.draws} bootstrap draws of {contained}.",
        single_case_note(context, ranking.single),
    )


def lay_out_pairs(ranking: Ranking, context: Context) -> PrintedTable:
    """Arrange one row per pair of methods, the better one first; as `lay_out_ranks`."""
    pairs, label = ranking.pairs, context.label
    columns = {
        "Other": pairs["other"].map(label),
        "Difference": pairs["difference"].map(number),
        "Cases": pairs["n_cases"].astype(str),
        "p (Wilcoxon)": pairs["p_wilcoxon"].map(probability),
        "p (Holm)": pairs["p_holm"].map(probability),
        "P(not better)": pairs["p_not_better"].map(probability),
        "Family": pairs["family"],
    }
    return PrintedTable.of(
        [
            Column(("", name), list(texts), detail=name in ("Other", "Family"))
            for name, texts in columns.items()
        ],
        title=context.title("pairs of methods"),
        caption=(
            "Each case counts once: it is averaged over seeds, sources and structures. "
            "Wilcoxon's signed-rank test, two-sided, corrected by Holm's procedure "
            "within pairs of methods with the same kind of prompt and, separately, "
            f"pairs with a control. No test with fewer than {FEWEST_CASES} cases."
        ),
        methods=[label(method) for method in pairs["method"]],
        blocks=list(pairs["family"]),
        corner=("", "Better"),
        rows=[{"method": row.method, "other": row.other} for row in pairs.itertuples()],
        view="pairs",
    )


def _intervals(ranks: pd.DataFrame, name: str, digits: int) -> list[str]:
    low, high = ranks[f"{name}_low"], ranks[f"{name}_high"]
    pairs = zip(low, high, strict=True)
    return [interval(first, last, digits) for first, last in pairs]
