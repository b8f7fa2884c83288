"""Distribution of Dice over cases, by method and structure."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from sambench.figures.style import (
    Style,
    finish,
    method_styles,
    panel_grid,
    panels,
    wrapped,
)
from sambench.ranking.pairwise import FEWEST_CASES
from sambench.tables.cells import select_rows
from sambench.tables.context import Context


def distributions(
    scores: pd.DataFrame,
    context: Context,
    stem: Path | str,
    ceiling: Mapping[str, float] | None = None,
) -> None:
    """Draw every case as a point over a box plot, a panel per structure or task.

    A point is the Dice of one case from one source, averaged over seeds. Boxes span the
    quartiles with the median; whiskers reach the furthest case within 1.5 times the
    interquartile range; a diamond is the mean. Below five cases there are only points.
    The ceiling, by structure the mean Dice between human raters, is a line.
    """
    rows = select_rows(scores, context.protocol, "dice").dropna(subset="value")
    keys = ["method", "structure", "source", "target", "case"]
    cases = rows.groupby(keys, sort=False)["value"].mean().reset_index()
    order = context.in_blocks(context.in_order(cases["method"]))
    styles = method_styles(context, order)
    parts = _parts(cases, context)
    n_rows, n_columns = panel_grid(len(parts))
    longest = max(len(context.label(method)) for method in order)
    width = {1: 5.0, 2: 3.4}.get(n_columns, 2.3)
    height = 1.4 + n_rows * (0.6 + 0.27 * len(order))
    size = 0.4 + 0.07 * longest + n_columns * width, height
    figure, grid = panels(n_rows, n_columns, figsize=size, sharey=True)
    for axes, (name, part) in zip(grid.flat, parts.items(), strict=False):
        _draw(axes, part, order, styles)
        structure = part["structure"].iloc[0]
        if ceiling and structure in ceiling:
            axes.axvline(ceiling[structure], color="#8a4b00", lw=1.1, linestyle=":")
            name += f" (dotted: raters agree by {ceiling[structure]:.1f})"
        axes.set_title(wrapped(name, width, 9))
        axes.set_xlim(-3, 103)
        axes.set_xlabel("Dice (%)")
    labels = [context.label(method) for method in order]
    grid[0, 0].set_yticks(range(len(order)), labels)
    grid[0, 0].set_ylim(len(order) - 0.45, -0.55)
    finish(figure, "Dice of each case", context.of(scores), stem)


def _parts(cases: pd.DataFrame, context: Context) -> dict[str, pd.DataFrame]:
    """Split cases by structure, or by target if targets are the columns of tables."""
    if context.by_source:
        names = context.structures(cases["structure"])
        return {name: cases[cases["structure"] == name] for name in names}
    parts = {}
    for target in context.domains("target", cases["target"]):
        of_target = cases[cases["target"] == target]
        structures = context.structures(of_target["structure"])
        for structure in structures:
            name = context.column_label(target)
            name = f"{name}, {structure}" if len(structures) > 1 else name
            parts[name] = of_target[of_target["structure"] == structure]
    return parts


def _draw(
    axes: Axes, cases: pd.DataFrame, order: list[str], styles: dict[str, Style]
) -> None:
    """Draw one panel; the position of a point within its row is a fixed jitter."""
    values = [cases["value"][cases["method"] == method].to_numpy() for method in order]
    jitter = np.random.default_rng(0)
    for position, (method, dice) in enumerate(zip(order, values, strict=True)):
        axes.scatter(
            dice,
            position + jitter.uniform(-0.27, 0.27, len(dice)),
            s=7,
            alpha=0.55,
            linewidth=0 if styles[method].line == "-" else 0.8,
            zorder=2,
            rasterized=True,  # thousands of points would swell the SVG
            **styles[method].look,
        )
    drawn = [p for p, dice in enumerate(values) if len(dice) >= FEWEST_CASES]
    axes.grid(axis="y", visible=False)
    if not drawn:
        return
    axes.boxplot(
        [values[position] for position in drawn],
        positions=drawn,
        orientation="horizontal",
        widths=0.6,
        manage_ticks=False,
        zorder=3,
    )
