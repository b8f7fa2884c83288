"""What accuracy costs: Dice against trained parameters and against training time."""

from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from sambench.figures.style import (
    INK,
    competing,
    finish,
    mean_with_interval,
    method_styles,
    panels,
    save_nothing,
    span_of,
    write_beside,
)
from sambench.settings.grid import ALL
from sambench.tables.context import Context


def cost(
    ranks: pd.DataFrame, runs: pd.DataFrame, context: Context, stem: Path | str
) -> None:
    """Draw a point per method, with the 95 % interval of its Dice.

    Methods without training (controls, zero-shot prompts) have no place on a scale of
    cost: their Dice is a dashed line. The axis of Dice spans the methods that are no
    controls, and names stand at its right, at the height of their Dice. A point is the
    mean over runs; if one model serves every domain, the models of a method that has
    one for each count together.

    Parameters
    ----------
    ranks : DataFrame
        Attribute of `sambench.ranking.report.Ranking`.
    runs : DataFrame
        Result of `sambench.report.runs.read_runs`: method, source, seed,
        `trained_parameters`, `seconds`.
    context, stem
        As for `sambench.figures.stability.stability`.
    """
    spent = _spent(runs, universal=context.benchmark.get("pairs") == ALL)
    spent = spent[spent.index.isin(ranks.dropna(subset="mean")["method"])]
    if spent.empty:
        save_nothing("no method of this run is trained", stem)
        return
    styles = method_styles(context, ranks["method"])
    shown = ranks.dropna(subset="mean")
    columns = ["mean", "mean_low", "mean_high"]
    low, high = span_of(competing(shown, context)[columns], 0.12, 2.0)
    shown = shown[shown["mean"].between(low, high)]
    height = 2.8 + 0.16 * max(len(shown), 7)
    figure, ((left, right),) = panels(1, 2, figsize=(7.8, height), sharey=True)
    axes_of = {
        "trained_parameters": ("trained parameters", left),
        "seconds": ("training time (s)", right),
    }
    for column, (label, axes) in axes_of.items():
        for row in shown.itertuples():
            style = styles[row.method]
            if row.method in spent.index:
                where = spent.loc[row.method, column]
                mean_with_interval(axes, where, row, style, along="y")
            else:
                axes.axhline(row.mean, color=style.colour, linestyle="--", linewidth=1)
        axes.set_xlabel(label)
        known = spent[column].dropna()
        if len(known):
            _log_axis(axes, known)
    gap = (high - low) * 0.17 / (height - 1.3)
    means = shown.set_index("method")["mean"]
    for method, where in apart(means, gap, high).items():
        style = styles[method]
        right.plot(
            1.03,
            where,
            style.marker,
            color=style.colour,
            markersize=4.5,
            transform=right.get_yaxis_transform(),
            clip_on=False,
        )
        font = {"fontsize": 7.5, "color": INK}
        write_beside(right, context.label(method), where, (14, 0), **font)
    left.set_ylabel("overall Dice (%)")
    left.set_ylim(low, high)
    finish(figure, "Dice and what it costs", context, stem)


def _log_axis(axes: Axes, values: pd.Series) -> None:
    """Set a log axis around values with at least two ticks that are plain numbers."""
    low, high = values.min() / 2.5, values.max() * 2.5
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    steps = (1,) if high / low > 300 else (1, 2, 5) if high / low > 12 else (1, 2, 3, 5)
    axes.xaxis.set_major_locator(LogLocator(base=10, subs=steps))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: readable(value)))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.tick_params(axis="x", labelsize=7)


def readable(value: float) -> str:
    """Return a number with k, M or G: ``readable(2.5e6) == "2.5M"``."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"


def apart(values: pd.Series, gap: float, top: float) -> pd.Series:
    """Move values as far as it takes that none is nearer than `gap` to another.

    They move up, and those that would pass `top` push the others down again.
    """
    moved = values.sort_values().astype(float)
    for place in range(1, len(moved)):
        least = moved.iloc[place - 1] + gap
        moved.iloc[place] = max(moved.iloc[place], least)
    limit = top
    for place in reversed(range(len(moved))):
        moved.iloc[place] = min(moved.iloc[place], limit)
        limit = moved.iloc[place] - gap
    return moved


def _spent(runs: pd.DataFrame, *, universal: bool) -> pd.DataFrame:
    """Return by method what it takes to train it; NaN if that is not known."""
    columns = ["trained_parameters", "seconds"]
    runs = runs.astype(dict.fromkeys(columns, float))
    if universal:
        sums = runs.groupby(["method", "seed"], as_index=False)[columns]
        runs = sums.sum(min_count=1)
    return runs.groupby("method")[columns].mean()
