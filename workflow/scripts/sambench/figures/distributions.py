"""Distribution of Dice over cases, by method and structure."""

from math import ceil
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from sambench.figures.style import (
    apply_style,
    domain_label,
    in_listed_order,
    method_colours,
    method_label,
    save,
    titled,
    wrapped,
)
from sambench.tables.cells import select_rows

MOST_PANELS_A_ROW = 4


def distributions(
    scores: pd.DataFrame,
    protocol: dict,
    benchmark: dict,
    methods: dict[str, dict],
    stem: Path | str,
) -> None:
    """Draw every case as a point over a box plot, a panel per structure or task.

    A point is the Dice of one case from one source, averaged over seeds. Boxes span the
    quartiles with the median; whiskers reach the furthest case within 1.5 times the
    interquartile range; a diamond is the mean.

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
    rows = select_rows(scores, protocol, "dice").dropna(subset="value")
    keys = ["method", "structure", "source", "target", "case"]
    cases = rows.groupby(keys, sort=False)["value"].mean().reset_index()
    order = in_listed_order(cases["method"], list(methods))
    colours = method_colours(list(methods) or order)
    panels = _panels(cases, benchmark)
    n_rows = ceil(len(panels) / MOST_PANELS_A_ROW)
    n_columns = ceil(len(panels) / n_rows)
    longest = max(len(method_label(methods, method)) for method in order)
    width = {1: 5.0, 2: 3.4}.get(n_columns, 2.3)
    figure, grid = plt.subplots(
        n_rows,
        n_columns,
        figsize=(
            0.4 + 0.07 * longest + n_columns * width,
            1.3 + n_rows * (0.35 + 0.27 * len(order)),
        ),
        sharex=True,
        sharey=True,
        squeeze=False,
    )
    for axes, (name, part) in zip(grid.flat, panels.items(), strict=False):
        _draw(axes, part, order, colours)
        axes.set_title(wrapped(name, width, 9))
    labels = [method_label(methods, method) for method in order]
    grid[0, 0].set_yticks(range(len(order)), labels)
    grid[0, 0].set_ylim(len(order) - 0.45, -0.55)
    grid[0, 0].set_xlim(-3, 103)
    for axes in grid.flat[len(panels) :]:
        axes.set_axis_off()
    for column in range(n_columns):
        last = grid[(len(panels) - 1 - column) // n_columns, column]
        last.tick_params(labelbottom=True)
        last.set_xlabel("Dice (%)")
    title = (
        f"{benchmark.get('label', benchmark['id'])}: Dice of each case, "
        f"protocol {protocol.get('label', protocol['id'])}"
    )
    titled(figure, title, "+".join(scores["data_source"].unique()))
    save(figure, stem)


def _panels(cases: pd.DataFrame, benchmark: dict) -> dict[str, pd.DataFrame]:
    """Split cases by structure, or by target if targets are the columns of tables."""
    if benchmark.get("table_columns", "source") == "source":
        listed = [
            structure
            for domain in benchmark.get("domains", {}).values()
            for structure in domain["structures"]
        ]
        names = in_listed_order(cases["structure"], list(dict.fromkeys(listed)))
        return {name: cases[cases["structure"] == name] for name in names}
    panels = {}
    for target in in_listed_order(cases["target"], benchmark.get("targets", [])):
        of_target = cases[cases["target"] == target]
        structures = list(dict.fromkeys(of_target["structure"]))
        for structure in structures:
            name = domain_label(benchmark, target)
            name = f"{name}, {structure}" if len(structures) > 1 else name
            panels[name] = of_target[of_target["structure"] == structure]
    return panels


def _draw(axes: Axes, cases: pd.DataFrame, order: list[str], colours: dict) -> None:
    """Draw one panel; the position of a point within its row is a fixed jitter."""
    by_method = cases.groupby("method")["value"]
    values = [
        by_method.get_group(method).to_numpy() if method in by_method.groups else []
        for method in order
    ]
    jitter = np.random.default_rng(0)
    for position, (method, dice) in enumerate(zip(order, values, strict=True)):
        axes.scatter(
            dice,
            position + jitter.uniform(-0.27, 0.27, len(dice)),
            s=7,
            color=colours[method],
            alpha=0.55,
            linewidth=0,
            zorder=2,
            rasterized=True,  # thousands of points would swell the SVG
        )
    drawn = [position for position, dice in enumerate(values) if len(dice)]
    axes.boxplot(
        [values[position] for position in drawn],
        positions=drawn,
        orientation="horizontal",
        widths=0.6,
        showfliers=False,
        showmeans=True,
        manage_ticks=False,
        medianprops={"color": "black", "linewidth": 1.4},
        boxprops={"linewidth": 0.8},
        whiskerprops={"linewidth": 0.8},
        capprops={"linewidth": 0.8},
        meanprops={
            "marker": "D",
            "markersize": 3.5,
            "markerfacecolor": "white",
            "markeredgecolor": "black",
        },
        zorder=3,
    )
    axes.grid(axis="y", visible=False)
