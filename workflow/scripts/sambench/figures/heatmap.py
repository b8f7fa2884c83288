"""Heat maps of a metric: source by target for each method, or methods by tasks."""

from itertools import product
from math import ceil
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.backend_bases import FigureCanvasBase
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure

from sambench.figures.style import (
    MOST_PANELS_A_ROW,
    competing,
    finish,
    ink_on,
    panels,
    wrapped,
)
from sambench.tables.aggregate import pair_means
from sambench.tables.context import Context

_ABSENT = "#e4e4e4"

Limits = tuple[float, float]


def heatmap(scores: pd.DataFrame, context: Context, stem: Path | str) -> None:
    """Draw the mean Dice of every source and target, a panel per method and structure.

    All panels share one scale that spans the competitors. A benchmark with one source
    is drawn as methods by targets. Grey fields were not run.
    """
    pairs = pair_means(scores, context, "dice")
    targets = context.domains("target", pairs["target"])
    order = context.in_blocks(context.in_order(pairs["method"]))
    limits = scale_limits(pairs, context)
    if pairs["source"].nunique() == 1:
        figure = _methods_by_targets(pairs, order, targets, context, limits)
    else:
        figure = _sources_by_targets(pairs, order, targets, context, limits)
    finish(figure, "Mean Dice (%)", context.of(scores), stem)


def scale_limits(pairs: pd.DataFrame, context: Context) -> Limits:
    """Return the range of the competitors in whole fives, or of all without any."""
    values = competing(pairs, context)["value"].dropna()
    if values.empty:
        return 0.0, 100.0
    low = 5 * np.floor(values.min() / 5)
    high = 5 * np.ceil(values.max() / 5)
    return float(low), float(max(high, low + 5))


def _methods_by_targets(
    pairs: pd.DataFrame,
    order: list[str],
    targets: list[str],
    context: Context,
    limits: Limits,
) -> Figure:
    """Draw one row per method and one column per target and structure of it."""
    several = pairs.groupby("target")["structure"].nunique().max() > 1
    listed = context.structures(pairs["structure"])
    field = pairs.pivot(index="method", columns=["target", "structure"], values="value")
    keys = [key for key in product(targets, listed) if key in field]
    grid = field.loc[order, keys].to_numpy()
    columns = [
        context.column_label(target) + (f", {structure}" if several else "")
        for target, structure in keys
    ]
    rows = [context.label(method) for method in order]
    longest = max(map(len, rows))
    size = (1.6 + 0.065 * longest + 0.5 * len(keys), 2.0 + 0.3 * len(order))
    figure, ((axes,),) = panels(figsize=size)
    image = _draw(axes, grid, rows, columns, limits)
    figure.colorbar(image, ax=axes, label="Dice (%)", fraction=0.05, pad=0.02)
    return figure


def _sources_by_targets(
    pairs: pd.DataFrame,
    order: list[str],
    targets: list[str],
    context: Context,
    limits: Limits,
) -> Figure:
    """Draw a panel of sources by targets for each method and structure."""
    sources = context.domains("source", pairs["source"])
    structures = context.structures(pairs["structure"])
    parts = list(product(order, structures))
    # Structures of one method stay side by side.
    n_rows = ceil(len(order) / max(MOST_PANELS_A_ROW // len(structures), 1))
    n_columns = ceil(len(order) / n_rows) * len(structures)
    rows = [context.column_label(source) for source in sources]
    columns = [context.column_label(target) for target in targets]
    names = [
        context.label(m) + (f", {s}" if len(structures) > 1 else "") for m, s in parts
    ]
    width = max(0.46 * len(columns) + 0.3, 1.4)
    texts = [wrapped(name, width, 9) for name in names]
    lines = max(text.count("\n") + 1 for text in texts)
    margin_bottom = 0.25 + 0.055 * max(map(len, columns))
    height = 0.3 * len(rows) + 0.15 * lines + 0.15 + margin_bottom
    margin_left = 0.3 + 0.07 * max(map(len, rows))
    size = max(margin_left + n_columns * width + 0.9, 5.5), n_rows * height + 1.1
    figure, grid = panels(n_rows, n_columns, figsize=size, sharey=True)
    values = pairs.set_index(["method", "structure", "source", "target"])["value"]
    for axes, key, text in zip(grid.flat, parts, texts, strict=False):
        wanted = [(*key, s, t) for s in sources for t in targets]
        field = values.reindex(wanted).to_numpy().reshape(len(sources), len(targets))
        image = _draw(axes, field, rows, columns, limits)
        axes.set_title(text)
    for row in range(n_rows):
        grid[row, 0].set_ylabel("trained on")
    figure.colorbar(image, ax=grid, label="Dice (%)", shrink=0.9, aspect=25, pad=0.02)
    return figure


def _draw(
    axes: Axes,
    values: np.ndarray,
    rows: list[str],
    columns: list[str],
    limits: Limits,
) -> ScalarMappable:
    """Draw one annotated field, (rows, columns) in percent, NaN if not run."""
    low, high = limits
    FigureCanvasBase(axes.figure)  # seaborn draws all panels for each one on others
    sns.heatmap(
        values,
        mask=np.isnan(values),
        ax=axes,
        cmap=plt.get_cmap("viridis").with_extremes(bad=_ABSENT),
        vmin=low,
        vmax=high,
        cbar=False,
        annot=True,
        fmt=".1f",
        annot_kws={"fontsize": 7.5},
        linewidths=1,
        xticklabels=columns,
        yticklabels=rows,
    )
    axes.set_xticklabels(columns, rotation=45, ha="right", rotation_mode="anchor")
    axes.tick_params(axis="x", length=0, pad=2)
    axes.tick_params(axis="y", rotation=0)
    (mesh,) = axes.collections
    shown = mesh.get_facecolors()[np.isfinite(values).ravel()]
    for text, colour in zip(axes.texts, shown, strict=True):
        text.set_color(ink_on(colour))  # seaborn's white is pale on green
    return mesh
