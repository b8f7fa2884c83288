"""What accuracy costs: Dice against trained parameters and against training time."""

from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter

from sambench.figures.style import (
    INK,
    apply_style,
    method_colours,
    method_label,
    save,
    titled,
)
from sambench.settings.grid import ALL


def cost(
    ranks: pd.DataFrame,
    runs: pd.DataFrame,
    protocol: dict,
    benchmark: dict,
    methods: dict[str, dict],
    data_source: str,
    stem: Path | str,
) -> None:
    """Draw a point a method, with the 95 % interval of its Dice.

    Methods without training (controls, zero-shot prompts) have no place on a scale of
    cost: their Dice is a dashed line. The axis of Dice spans the methods that are no
    controls, and names stand at its right, at the height of their Dice. A point is the
    mean over runs; where one model serves every domain, the models of a method that has
    one for each count together.

    Parameters
    ----------
    ranks : DataFrame
        Of `sambench.ranking.report.Ranking`.
    runs : DataFrame
        Result of `sambench.report.runs.read_runs`: method, source, seed,
        `trained_parameters`, `seconds`.
    protocol, benchmark, methods, data_source, stem
        As for `sambench.figures.stability.stability`.
    """
    apply_style()
    colours = method_colours(list(methods) or list(ranks["method"]))
    spent = _spent(runs, universal=benchmark.get("pairs") == ALL)
    shown = ranks.dropna(subset="mean")
    low, high = _span(shown, methods)
    shown = shown[shown["mean"].between(low, high)]
    height = 2.6 + 0.16 * max(len(shown), 7)
    figure, grid = plt.subplots(1, 2, figsize=(7.8, height), sharey=True)
    axes_of = {
        "trained_parameters": ("trained parameters", grid[0]),
        "seconds": ("training time (s)", grid[1]),
    }
    for column, (label, axes) in axes_of.items():
        for row in shown.itertuples():
            colour = colours[row.method]
            if row.method in spent.index:
                _point(axes, spent.loc[row.method, column], row, colour)
            else:
                axes.axhline(row.mean, color=colour, linestyle="--", linewidth=1)
        axes.set_xlabel(label)
        if len(spent):
            axes.set_xscale("log")
            axes.xaxis.set_minor_formatter(NullFormatter())
            axes.set_xlim(spent[column].min() / 4, spent[column].max() * 4)
    gap = (high - low) * 0.17 / (height - 1.3)
    means = shown.set_index("method")["mean"]
    for method, place in apart(means, gap, high).items():
        for text, colour, offset in (
            ("\N{BLACK CIRCLE}", colours[method], 5),
            (method_label(methods, method), INK, 14),
        ):
            grid[1].annotate(
                text,
                (1, place),
                xycoords=("axes fraction", "data"),
                xytext=(offset, 0),
                textcoords="offset points",
                va="center",
                fontsize=7.5,
                color=colour,
                annotation_clip=False,
            )
    grid[0].set_ylabel("overall Dice (%)")
    grid[0].set_ylim(low, high)
    title = (
        f"{benchmark.get('label', benchmark['id'])}: Dice and what it costs, "
        f"protocol {protocol.get('label', protocol['id'])}"
    )
    titled(figure, title, data_source)
    save(figure, stem)


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


def _span(ranks: pd.DataFrame, methods: dict[str, dict]) -> tuple[float, float]:
    """Give the range of the competitors, or of all where every method is a control."""
    competing = [not methods.get(m, {}).get("control") for m in ranks["method"]]
    rows = ranks[competing] if any(competing) else ranks
    if rows.empty:
        return 0.0, 100.0
    columns = ["mean", "mean_low", "mean_high"]
    low, high = rows[columns].min().min(), rows[columns].max().max()
    margin = max(0.12 * (high - low), 2.0)
    return float(low - margin), float(high + margin)


def _spent(runs: pd.DataFrame, *, universal: bool) -> pd.DataFrame:
    """Give by method what it takes to train it."""
    columns = ["trained_parameters", "seconds"]
    if universal:
        runs = runs.groupby(["method", "seed"], as_index=False)[columns].sum()
    return runs.groupby("method")[columns].mean()


def _point(axes: Axes, x: float, row: tuple, colour: tuple) -> None:
    below = 0.0 if pd.isna(row.mean_low) else max(row.mean - row.mean_low, 0.0)
    above = 0.0 if pd.isna(row.mean_high) else max(row.mean_high - row.mean, 0.0)
    axes.errorbar(
        x, row.mean, yerr=[[below], [above]], fmt="o", color=colour, capsize=2.5
    )
