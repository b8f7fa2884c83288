"""How stable a ranking is: the share of bootstrap draws that give each rank."""

from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

from sambench.figures.style import (
    apply_style,
    method_colours,
    method_label,
    save,
    titled,
)


def stability(
    ranks: pd.DataFrame,
    frequencies: pd.DataFrame,
    protocol: dict,
    benchmark: dict,
    methods: dict[str, dict],
    data_source: str,
    stem: Path | str,
) -> None:
    """Draw a bubble for each method and rank, and the interval of each mean.

    The area of a bubble is the share of draws. The right panel shows the mean with its
    95 % interval, over the range of the methods that are no controls.

    Parameters
    ----------
    ranks, frequencies : DataFrame
        Of `sambench.ranking.report.Ranking`.
    protocol, benchmark : dict
        Contents of the protocol and benchmark files.
    methods : dict of str to dict
        Recipes by method id, in the order of the configuration.
    data_source : str
        Of the scores.
    stem : Path or str
        Path of the SVG and PNG files without a suffix.
    """
    apply_style()
    shown = ranks.dropna(subset="p_first").sort_values(["rank_by_mean", "method"])
    order = list(shown["method"])
    colours = method_colours(list(methods) or order)
    count = len(order)
    height = 1.5 + 0.3 * count
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(7.6, height), sharey=True, width_ratios=(1.3, 1)
    )
    wanted = frequencies[frequencies["frequency"] > 0]
    for row in wanted.itertuples():
        place = order.index(row.method)
        colour = colours[row.method]
        left.scatter(row.rank, place, s=330 * row.frequency, color=colour, linewidth=0)
        if row.frequency >= 0.05:
            left.annotate(
                f"{100 * row.frequency:.0f}",
                (row.rank, place),
                xytext=(0, 0 if row.frequency >= 0.3 else -10),
                textcoords="offset points",
                ha="center",
                va="center",
                fontsize=6.5,
                color=_ink(colour) if row.frequency >= 0.3 else "black",
            )
    left.set_xticks(range(1, count + 1))
    left.set_xlim(0.4, count + 0.6)
    left.set_xlabel("rank (share of draws in %)")
    left.set_yticks(range(count), [method_label(methods, m) for m in order])
    left.set_ylim(count - 0.35, -0.6)
    for place, row in enumerate(shown.itertuples()):
        interval = [[row.mean - row.mean_low], [row.mean_high - row.mean]]
        right.errorbar(
            row.mean,
            place,
            xerr=[[max(side[0], 0.0)] for side in interval],
            fmt="o",
            markersize=4,
            capsize=2.5,
            color=colours[row.method],
        )
    right.set_xlabel("mean Dice (%), 95 % interval")
    right.set_xlim(*_span(shown))
    for axes in (left, right):
        axes.grid(axis="y", alpha=0.4)
    title = (
        f"{benchmark.get('label', benchmark['id'])}: how stable is the ranking, "
        f"protocol {protocol.get('label', protocol['id'])}"
    )
    titled(figure, title, data_source)
    save(figure, stem)


def _ink(colour: tuple[float, float, float]) -> str:
    """Choose black or white, whichever reads better on a colour."""
    red, green, blue = colour
    return "black" if 0.299 * red + 0.587 * green + 0.114 * blue > 0.55 else "white"


def _span(ranks: pd.DataFrame) -> tuple[float, float]:
    """Give the range of the competitors' intervals, or of all without competitors."""
    competing = ranks[~ranks["control"].astype(bool)]
    chosen = ranks if competing.empty else competing
    if chosen.empty:
        return 0.0, 100.0
    low, high = chosen["mean_low"].min(), chosen["mean_high"].max()
    margin = max(0.15 * (high - low), 1.0)
    return low - margin, high + margin
