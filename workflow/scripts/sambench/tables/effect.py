"""How much of a ranking is protocol: the same runs under every protocol."""

from collections.abc import Iterable

import pandas as pd

from sambench.tables.aggregate import MEAN, OVERALL, build_table, competition_ranks
from sambench.tables.layout import (
    MISSING,
    SYNTHETIC,
    Layout,
    best_marks,
    distinct,
    is_control,
    is_synthetic,
    label_of,
    number,
)
from sambench.tables.protocol import in_words


def build_effect(
    scores: pd.DataFrame,
    protocols: Iterable[dict],
    benchmark: dict,
    methods: dict[str, dict],
    metric: str = "dice",
) -> pd.DataFrame:
    """Give each method's overall mean and rank under each protocol.

    Parameters
    ----------
    scores, benchmark, metric
        As for `sambench.tables.aggregate.build_table`.
    protocols : iterable of dict
        Contents of protocol files that list the metric.
    methods : dict of str to dict
        Recipes by method id; `control` is used.

    Returns
    -------
    DataFrame
        A row per method and protocol: `value`, `sd` over seeds, `rank` among all
        methods, `rank_competing` among those that are not controls (NaN for controls),
        metric, unit, benchmark and data_source.
    """
    parts = []
    for protocol in protocols:
        table = build_table(scores, protocol, benchmark, metric)
        overall = table[(table["structure"] == OVERALL) & (table["column"] == MEAN)]
        competing = ~overall["method"].map(lambda m: is_control(methods, m))
        ranks = competition_ranks(
            overall["value"].where(competing), lower_is_better=False
        )
        parts.append(overall.assign(rank_competing=ranks))
    columns = [
        "benchmark",
        "method",
        "protocol",
        "metric",
        "unit",
        "value",
        "sd",
        "rank",
        "rank_competing",
        "data_source",
    ]
    return pd.concat(parts, ignore_index=True)[columns]


def spreads(effect: pd.DataFrame) -> pd.DataFrame:
    """Give for each method how far protocols move it.

    Returns
    -------
    DataFrame
        By method: `spread` (largest minus smallest value), `best_rank` and
        `worst_rank` over protocols.
    """
    groups = effect.groupby("method", sort=False)
    values, ranks = groups["value"], groups["rank"]
    return pd.DataFrame(
        {
            "spread": values.max() - values.min(),
            "best_rank": ranks.min(),
            "worst_rank": ranks.max(),
        }
    )


def lay_out_effect(
    effect: pd.DataFrame,
    protocols: dict[str, dict],
    benchmark: dict,
    methods: dict[str, dict],
) -> Layout:
    """Arrange the comparison: rows are methods, columns protocols."""
    ids = list(dict.fromkeys(effect["protocol"]))
    first = effect[effect["protocol"] == ids[0]]
    order = list(first.sort_values(["rank", "method"])["method"])
    order.sort(key=lambda method: is_control(methods, method))
    labels = distinct({method: label_of(methods, method) for method in order})
    header, columns, marks = [], [], []
    for protocol in ids:
        part = effect[effect["protocol"] == protocol].set_index("method").reindex(order)
        header += [(protocol, "Dice"), (protocol, "Rank")]
        columns.append([number(*pair) for pair in part[["value", "sd"]].to_numpy()])
        columns.append([MISSING if pd.isna(r) else f"{r:.0f}" for r in part["rank"]])
        marks += [best_marks(part, methods, "dice"), [""] * len(order)]
    moved = spreads(effect).reindex(order)
    header += [("over protocols", "Spread"), ("over protocols", "Ranks")]
    columns.append([number(value, float("nan")) for value in moved["spread"]])
    columns.append([_span(row) for row in moved.itertuples()])
    marks += [[""] * len(order)] * 2
    source = effect["data_source"].iloc[0]
    title = f"{benchmark.get('label', benchmark['id'])}: how much is protocol"
    words = " ".join(f"{name}: {in_words(protocols[name])}" for name in ids)
    warning = (
        "Numbers from synthetic data cannot be compared with published ones. "
        if is_synthetic(source)
        else ""
    )
    return Layout(
        title=f"{SYNTHETIC}. {title}" if is_synthetic(source) else title,
        caption=(
            f"{warning}Overall Dice in percent and rank of the same runs under "
            f"each protocol. Spread is the largest minus the smallest Dice. {words}"
        ),
        header=header,
        methods=list(labels.values()),
        cells=[list(row) for row in zip(*columns, strict=True)],
        marks=[list(row) for row in zip(*marks, strict=True)],
        n_controls=sum(is_control(methods, method) for method in order),
    )


def _span(row: tuple) -> str:
    if pd.isna(row.best_rank):
        return MISSING
    if row.best_rank == row.worst_rank:
        return f"{row.best_rank:.0f}"
    return f"{row.best_rank:.0f} to {row.worst_rank:.0f}"
