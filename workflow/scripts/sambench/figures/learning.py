"""Learning curves: the loss of every training, from its history."""

from math import ceil
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

from sambench.figures.style import (
    apply_style,
    domain_label,
    in_listed_order,
    method_colours,
    method_label,
    save,
    titled,
)

MOST_PANELS_A_ROW = 4


def learning(
    histories: pd.DataFrame,
    benchmark: dict,
    methods: dict[str, dict],
    data_source: str,
    stem: Path | str,
) -> None:
    """Draw the loss over epochs, a panel a source, a line a method and seed.

    Parameters
    ----------
    histories : DataFrame
        Result of `sambench.report.runs.read_histories`: method, source, seed, epoch,
        loss. Losses of methods with different objectives are not comparable.
    benchmark, methods, data_source, stem
        As for `sambench.figures.stability.stability`.
    """
    apply_style()
    if histories.empty:
        figure, axes = plt.subplots(figsize=(5, 1.8))
        axes.text(0.5, 0.5, "no method of this run is trained", ha="center")
        axes.set_axis_off()
    else:
        sources = in_listed_order(histories["source"], benchmark.get("sources", []))
        order = in_listed_order(histories["method"], list(methods))
        colours = method_colours(list(methods) or order)
        n_rows = ceil(len(sources) / MOST_PANELS_A_ROW)
        n_columns = ceil(len(sources) / n_rows)
        figure, grid = plt.subplots(
            n_rows,
            n_columns,
            figsize=(max(2.6 * n_columns, 5.2), 1.2 + 2.1 * n_rows),
            sharey=True,
            squeeze=False,
        )
        for axes, source in zip(grid.flat, sources, strict=False):
            of_source = histories[histories["source"] == source]
            for (method, _), part in of_source.groupby(["method", "seed"]):
                axes.plot(part["epoch"], part["loss"], color=colours[method], lw=1.2)
            name = "all domains" if source == "all" else domain_label(benchmark, source)
            axes.set_title(f"trained on {name}")
            axes.set_xlabel("epoch")
        for axes in grid.flat[len(sources) :]:
            axes.set_axis_off()
        for axes in grid[:, 0]:
            axes.set_ylabel("training loss")
        handles = [
            plt.Line2D([], [], color=colours[m], label=method_label(methods, m))
            for m in order
        ]
        grid[0, n_columns - 1].legend(handles=handles, loc="upper right")
    title = f"{benchmark.get('label', benchmark['id'])}: learning curves"
    titled(figure, title, data_source)
    save(figure, stem)
