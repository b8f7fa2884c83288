"""A ranking and its tests as tables for readers."""

import pandas as pd

from sambench.metrics.names import metric_label
from sambench.ranking.bootstrap import DRAWS
from sambench.tables.layout import MISSING, SYNTHETIC, Layout, is_synthetic, label_of


def _text(value: float, digits: int = 2) -> str:
    return MISSING if pd.isna(value) else f"{value:.{digits}f}"


def _probability(value: float) -> str:
    if pd.isna(value):
        return MISSING
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def lay_out_ranks(
    ranks: pd.DataFrame,
    protocol: dict,
    benchmark: dict,
    methods: dict[str, dict],
    data_source: str,
    *,
    metric: str = "dice",
    draws: int = DRAWS,
) -> Layout:
    """Arrange a row per method with its ranks and their uncertainty.

    Parameters
    ----------
    ranks : DataFrame
        Of `sambench.ranking.report.Ranking`.
    protocol, benchmark : dict
        Contents of the protocol and benchmark files.
    methods : dict of str to dict
        Recipes by method id; `label` and `control` are used.
    data_source : str
        Of the scores.
    metric : str
        What the ranks are by.
    draws : int
        Of the bootstrap.
    """
    cells = [
        [
            _text(row.mean),
            _interval(row.mean_low, row.mean_high, 2),
            _text(row.rank_by_mean, 0),
            _interval(row.rank_low, row.rank_high, 0),
            _text(row.mean_rank),
            _text(row.rank_by_case, 0),
            _text(100 * row.p_first, 1),
            _probability(row.p_false_claim),
            f"{row.n_missing:.0f}",
        ]
        for row in ranks.itertuples()
    ]
    header = [
        ("mean, then rank", metric_label(metric)),
        ("mean, then rank", "95 % interval"),
        ("mean, then rank", "Rank"),
        ("mean, then rank", "95 % interval "),
        ("rank, then mean", "Mean rank"),
        ("rank, then mean", "Rank "),
        ("", "First in % of draws"),
        ("", "P(best is not better)"),
        ("", "Missing"),
    ]
    return Layout(
        title=_title(
            f"ranking by {metric_label(metric)}", protocol, benchmark, data_source
        ),
        caption=(
            f"Intervals and draws are of {draws} bootstrap samples of the cases within "
            "each target. P(best is not better) is the probability that the best "
            "competitor is not better than the method of the row, from paired per-case "
            "means. Missing counts cases without a score."
        ),
        header=header,
        methods=[label_of(methods, method) for method in ranks["method"]],
        cells=cells,
        marks=[[""] * len(header) for _ in cells],
        n_controls=0,
        rows=[{"method": method} for method in ranks["method"]],
    )


def lay_out_pairs(
    pairs: pd.DataFrame,
    protocol: dict,
    benchmark: dict,
    methods: dict[str, dict],
    data_source: str,
) -> Layout:
    """Arrange a row per pair of methods, the better one first; as `lay_out_ranks`."""
    header = [
        ("", "Other"),
        ("", "Difference"),
        ("", "Cases"),
        ("", "p (Wilcoxon)"),
        ("", "p (Holm)"),
        ("", "P(not better)"),
        ("", "Family"),
    ]
    cells = [
        [
            label_of(methods, row.other),
            _text(row.difference),
            f"{row.n_cases}",
            _probability(row.p_wilcoxon),
            _probability(row.p_holm),
            _probability(row.p_not_better),
            row.family,
        ]
        for row in pairs.itertuples()
    ]
    return Layout(
        title=_title("pairs of methods", protocol, benchmark, data_source),
        caption=(
            "Each case counts once: it is averaged over seeds, sources and structures. "
            "Wilcoxon's signed-rank test, two-sided, corrected by Holm's procedure "
            "within pairs of competitors and, apart, pairs with a control."
        ),
        header=header,
        methods=[label_of(methods, method) for method in pairs["method"]],
        cells=cells,
        marks=[[""] * len(header) for _ in cells],
        n_controls=0,
        corner=("", "Better"),
    )


def _interval(low: float, high: float, digits: int) -> str:
    if pd.isna(low):
        return MISSING
    return f"{low:.{digits}f} to {high:.{digits}f}"


def _title(what: str, protocol: dict, benchmark: dict, data_source: str) -> str:
    title = (
        f"{benchmark.get('label', benchmark['id'])}: {what}, protocol "
        f"{protocol.get('label', protocol['id'])}"
    )
    return f"{SYNTHETIC}. {title}" if is_synthetic(data_source) else title
