"""What accuracy costs: Dice against trained parameters and against training time."""

from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes

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
    cost: their Dice is a dashed line. A point is the mean over runs; where one model
    serves every domain, the models of a method that has one for each count together.

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
    figure, grid = plt.subplots(1, 2, figsize=(7.8, 3.8), sharey=True)
    axes_of = {
        "trained_parameters": ("trained parameters", grid[0]),
        "seconds": ("training time (s)", grid[1]),
    }
    shown = ranks.dropna(subset="mean")
    untrained = shown[~shown["method"].isin(spent.index)]
    for column, (label, axes) in axes_of.items():
        for row in shown.itertuples():
            colour, name = colours[row.method], method_label(methods, row.method)
            if row.method in spent.index:
                _point(axes, spent.loc[row.method, column], row, colour, name)
            else:
                axes.axhline(row.mean, color=colour, linestyle="--", linewidth=1)
        axes.set_xlabel(label)
        if len(spent):
            axes.set_xscale("log")
            low, high = spent[column].min(), spent[column].max()
            axes.set_xlim(low / 4, high * 8)
    for method, height in apart(untrained.set_index("method")["mean"]).items():
        grid[1].annotate(
            method_label(methods, method),
            (1, height),
            xycoords=("axes fraction", "data"),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            fontsize=7.5,
            color=INK,
            annotation_clip=False,
        )
    grid[0].set_ylabel("overall Dice (%)")
    grid[0].set_ylim(-3, 107)
    title = (
        f"{benchmark.get('label', benchmark['id'])}: Dice and what it costs, "
        f"protocol {protocol.get('label', protocol['id'])}"
    )
    titled(figure, title, data_source)
    save(figure, stem)


def apart(values: pd.Series, gap: float = 5.0) -> pd.Series:
    """Move values up as far as it takes that none is nearer than `gap` to another."""
    moved: dict[str, float] = {}
    lowest = -float("inf")
    for name, value in values.sort_values().items():
        moved[name] = max(value, lowest)
        lowest = moved[name] + gap
    return pd.Series(moved, dtype=float)


def _spent(runs: pd.DataFrame, *, universal: bool) -> pd.DataFrame:
    """Give by method what it takes to train it."""
    columns = ["trained_parameters", "seconds"]
    if universal:
        runs = runs.groupby(["method", "seed"], as_index=False)[columns].sum()
    return runs.groupby("method")[columns].mean()


def _point(axes: Axes, x: float, row: tuple, colour: tuple, name: str) -> None:
    below = 0.0 if pd.isna(row.mean_low) else max(row.mean - row.mean_low, 0.0)
    above = 0.0 if pd.isna(row.mean_high) else max(row.mean_high - row.mean, 0.0)
    axes.errorbar(
        x, row.mean, yerr=[[below], [above]], fmt="o", color=colour, capsize=2.5
    )
    axes.annotate(
        name,
        (x, row.mean),
        xytext=(5, 3),
        textcoords="offset points",
        fontsize=7.5,
        color=INK,
    )
