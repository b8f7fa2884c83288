"""How stable a ranking is: the share of bootstrap draws that give each rank."""

from math import ceil
from pathlib import Path

from matplotlib.axes import Axes

from sambench.figures.style import (
    finish,
    ink_on,
    mean_with_interval,
    method_styles,
    panels,
    save_nothing,
    span_of,
)
from sambench.ranking.report import Ranking
from sambench.tables.context import Context

_STRIP = 0.36
"""Height of the name of a control, where that of a method is 1."""


def stability(ranking: Ranking, context: Context, stem: Path | str) -> None:
    """Draw a bubble for each method and rank, and the interval of each mean.

    The area of a bubble is the share of draws; a method that is alone has none. Methods
    with the same kind of prompt stand in one panel. The right panels show the mean with
    its 95 % interval, over the range of the competitors; controls that they have to
    beat are dashed lines.
    """
    ranks = ranking.ranks
    shown = ranks[~ranks["control"]].dropna(subset="mean_low")
    if ranking.obstacle or shown.empty:
        save_nothing(ranking.obstacle or "no competitor has complete results", stem)
        return
    styles = method_styles(context, ranks["method"])
    blocks = dict(list(shown.groupby("block", sort=False)))
    counts = [len(part) for part in blocks.values()]
    means = ranks.set_index("method")["mean"].dropna()
    controls = [
        [c for c in context.must_beat(part["method"].iloc[0]) if c in means]
        for part in blocks.values()
    ]
    heights = [
        count + 0.6 + _STRIP * len(lines)
        for count, lines in zip(counts, controls, strict=True)
    ]
    longest = max(len(context.label(method)) for method in shown["method"])
    figure, grid = panels(
        len(blocks),
        2,
        figsize=(6.2 + 0.06 * longest, 1.3 + sum(0.32 + 0.3 * n for n in heights)),
        sharex="col",
        height_ratios=heights,
        width_ratios=(1.3, 1),
    )
    for (left, right), (name, part), lines in zip(
        grid, blocks.items(), controls, strict=True
    ):
        part = part.sort_values(["mean", "method"], ascending=[False, True])
        order = list(part["method"])
        found = ranking.frequencies
        found = found[found["method"].isin(order) & (found["frequency"] > 0)]
        for row in found.itertuples():
            _bubble(left, row, order.index(row.method), styles[row.method].colour)
        for axes in (left, right):
            # Names of controls stand in a strip below the methods, hidden by none.
            axes.set_ylim(len(order) - 0.35 + _STRIP * len(lines), -0.65)
            axes.grid(axis="y", alpha=0.4)
        left.set_yticks(range(len(order)), [context.label(m) for m in order])
        right.set_yticks(range(len(order)), [""] * len(order))
        left.set_title(name, loc="left")
        for index, row in enumerate(part.itertuples()):
            mean_with_interval(right, index, row, styles[row.method], along="x")
        for index, control in enumerate(lines):
            text = 7 * index, context.label(control)
            _control_line(right, means[control], *text, styles[control].colour)
    grid[0, 0].set_xlim(0.4, max(counts) + 0.6)
    step = ceil(max(counts) / 12)
    grid[0, 0].set_xticks(range(1, max(counts) + 1, step))
    grid[0, 1].set_xlim(*span_of(shown[["mean_low", "mean_high"]], 0.15, 1.0))
    for axes in grid.flat:
        axes.tick_params(labelbottom=True)
    grid[-1, 0].set_xlabel("rank (share of draws in %)")
    grid[-1, 1].set_xlabel("mean Dice (%), 95 %")
    finish(figure, "How stable is the ranking", context, stem)


def _bubble(axes: Axes, row: tuple, index: int, colour: tuple) -> None:
    axes.scatter(row.rank, index, s=330 * row.frequency, color=colour, linewidth=0)
    if row.frequency >= 0.05:
        axes.annotate(
            f"{100 * row.frequency:.0f}",
            (row.rank, index),
            xytext=(0, 0 if row.frequency >= 0.3 else -10),
            textcoords="offset points",
            ha="center",
            va="center",
            fontsize=6.5,
            color=ink_on(colour) if row.frequency >= 0.3 else "black",
        )


def _control_line(
    axes: Axes, mean: float, height: int, label: str, colour: tuple
) -> None:
    axes.axvline(mean, color=colour, linestyle="--", linewidth=1)
    axes.annotate(
        label,
        (mean, 0.02),
        xycoords=("data", "axes fraction"),
        xytext=(-2, 1 + height),
        textcoords="offset points",
        ha="right",
        fontsize=6,
        color=colour,
        annotation_clip=True,
    )
