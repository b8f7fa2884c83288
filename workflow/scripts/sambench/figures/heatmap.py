"""Heat maps of a metric: source by target for each method, or methods by tasks."""

from math import ceil
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Colormap
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from sambench.figures.style import (
    apply_style,
    domain_label,
    in_listed_order,
    method_label,
    save,
    titled,
    wrapped,
)
from sambench.tables.aggregate import pair_means

MOST_PANELS_A_ROW = 4
_ABSENT = "#e4e4e4"


def heatmap(
    scores: pd.DataFrame,
    protocol: dict,
    benchmark: dict,
    methods: dict[str, dict],
    stem: Path | str,
) -> None:
    """Draw the mean Dice of every source and target, a panel per method and structure.

    All panels share one scale from 0 to 100 percent. A benchmark with one source is
    drawn as methods by targets. Grey fields were not run.

    Parameters
    ----------
    scores : DataFrame
        Columns of `sambench.metrics.scores_file.SCHEMA`, of one benchmark.
    protocol, benchmark : dict
        Contents of the protocol and benchmark files.
    methods : dict of str to dict
        Recipes by method id, in the order of the figure.
    stem : Path or str
        Path of the SVG and PNG files without a suffix.
    """
    apply_style()
    pairs = pair_means(scores, protocol, "dice")
    targets = in_listed_order(pairs["target"], benchmark.get("targets", []))
    title = (
        f"{benchmark.get('label', benchmark['id'])}: mean Dice (%), "
        f"protocol {protocol.get('label', protocol['id'])}"
    )
    order = in_listed_order(pairs["method"], list(methods))
    if pairs["source"].nunique() == 1:
        figure = _methods_by_targets(pairs, order, targets, benchmark, methods)
    else:
        figure = _panels(pairs, order, targets, benchmark, methods)
    titled(figure, title, "+".join(scores["data_source"].unique()))
    save(figure, stem)


def _methods_by_targets(
    pairs: pd.DataFrame,
    order: list[str],
    targets: list[str],
    benchmark: dict,
    methods: dict[str, dict],
) -> Figure:
    """Draw one row per method and one column per target and structure of it."""
    several = pairs.groupby("target")["structure"].nunique().max() > 1
    keys = [
        (target, structure)
        for target in targets
        for structure in pairs.loc[pairs["target"] == target, "structure"].unique()
    ]
    values = pairs.set_index(["method", "target", "structure"])["value"]
    grid = np.array(
        [[values.get((method, *key), np.nan) for key in keys] for method in order]
    )
    columns = [
        domain_label(benchmark, target) + (f", {structure}" if several else "")
        for target, structure in keys
    ]
    rows = [method_label(methods, method) for method in order]
    longest = max(map(len, rows))
    size = (1.6 + 0.065 * longest + 0.5 * len(keys), 1.9 + 0.3 * len(order))
    figure, axes = plt.subplots(figsize=size)
    image = _draw(axes, grid, rows, columns)
    figure.colorbar(image, ax=axes, label="Dice (%)", fraction=0.05, pad=0.02)
    return figure


def _panels(
    pairs: pd.DataFrame,
    order: list[str],
    targets: list[str],
    benchmark: dict,
    methods: dict[str, dict],
) -> Figure:
    """Draw a panel of sources by targets for each method and structure."""
    sources = in_listed_order(pairs["source"], benchmark.get("sources", []))
    structures = list(dict.fromkeys(pairs["structure"]))
    listed = [s for d in benchmark.get("domains", {}).values() for s in d["structures"]]
    structures = in_listed_order(structures, list(dict.fromkeys(listed)))
    panels = [(method, structure) for method in order for structure in structures]
    # Structures of one method stay side by side.
    n_rows = ceil(len(order) / max(MOST_PANELS_A_ROW // len(structures), 1))
    n_columns = ceil(len(order) / n_rows) * len(structures)
    rows = [domain_label(benchmark, source) for source in sources]
    columns = [domain_label(benchmark, target) for target in targets]
    width, height = 0.46 * len(columns) + 0.3, 0.3 * len(rows) + 0.35
    margin_left = 0.3 + 0.07 * max(map(len, rows))
    margin_bottom = 0.5 + 0.055 * max(map(len, columns))
    figure, grid = plt.subplots(
        n_rows,
        n_columns,
        figsize=(
            max(margin_left + n_columns * width + 0.9, 5.5),
            margin_bottom + n_rows * height + 0.8,
        ),
        sharex=True,
        sharey=True,
        squeeze=False,
    )
    values = pairs.set_index(["method", "structure", "source", "target"])["value"]
    for axes, (method, structure) in zip(grid.flat, panels, strict=False):
        wanted = [(method, structure, s, t) for s in sources for t in targets]
        field = values.reindex(wanted).to_numpy().reshape(len(sources), len(targets))
        image = _draw(axes, field, rows, columns)
        name = method_label(methods, method)
        name = f"{name}, {structure}" if len(structures) > 1 else name
        axes.set_title(wrapped(name, width, 9))
    for axes in grid.flat[len(panels) :]:
        axes.set_axis_off()
    # A panel above an empty place is the last of its column and needs its labels.
    for column in range(n_columns):
        last = (len(panels) - 1 - column) // n_columns
        grid[last, column].tick_params(labelbottom=True)
        grid[last, column].set_xlabel("target")
    for row in range(n_rows):
        grid[row, 0].set_ylabel("source")
    figure.colorbar(image, ax=grid, label="Dice (%)", shrink=0.9, aspect=25, pad=0.02)
    return figure


def _colours() -> Colormap:
    return plt.get_cmap("viridis").with_extremes(bad=_ABSENT)


def _draw(
    axes: Axes, values: np.ndarray, rows: list[str], columns: list[str]
) -> AxesImage:
    """Draw one annotated field, (rows, columns) in percent, NaN where not run."""
    colours = _colours()
    image = axes.imshow(
        np.ma.masked_invalid(values), cmap=colours, vmin=0, vmax=100, aspect="auto"
    )
    axes.set_xticks(range(len(columns)), columns, rotation=45, ha="right")
    axes.tick_params(axis="x", length=0, pad=2)
    axes.set_yticks(range(len(rows)), rows)
    axes.set_xticks(np.arange(len(columns) + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(len(rows) + 1) - 0.5, minor=True)
    axes.grid(False)
    axes.grid(which="minor", color="white", linewidth=1)
    axes.tick_params(which="both", length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    for (row, column), value in np.ndenumerate(values):
        if np.isfinite(value):
            red, green, blue, _ = colours(value / 100)
            light = 0.299 * red + 0.587 * green + 0.114 * blue > 0.5
            axes.text(
                column,
                row,
                f"{value:.1f}",
                ha="center",
                va="center",
                fontsize=7.5,
                color="black" if light else "white",
            )
    return image
