"""Learning curves: the loss of every training, from its history."""

from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.ticker import MaxNLocator

from sambench.figures.style import (
    finish,
    method_styles,
    panel_grid,
    panels,
    save_nothing,
    wrapped,
)
from sambench.tables.context import Context


def learning(histories: pd.DataFrame, context: Context, stem: Path | str) -> None:
    """Draw the loss over epochs, a panel per source, a line per method and seed.

    Losses of methods with different objectives are not comparable.
    """
    if histories.empty:
        save_nothing("no method of this run is trained", stem)
        return
    sources = context.domains("source", histories["source"])
    order = context.in_order(histories["method"])
    styles = method_styles(context, order)
    longest = max(len(context.label(method)) for method in order)
    n_rows, n_columns = panel_grid(len(sources))
    size = 0.9 + 0.06 * longest + 2.6 * n_columns, 1.6 + 2.1 * n_rows
    figure, grid = panels(n_rows, n_columns, figsize=size, sharey=True)
    for axes, source in zip(grid.flat, sources, strict=False):
        of_source = histories[histories["source"] == source]
        for (method, _), part in of_source.groupby(["method", "seed"]):
            # One mark at the end tells methods of one colour apart.
            look = styles[method].look
            axes.plot(part["epoch"], part["loss"], markevery=[-1], lw=1.2, **look)
        axes.set_title(wrapped(f"trained on {context.column_label(source)}", 2.4, 9))
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    for axes in grid[:, 0]:
        axes.set_ylabel("training loss")
    handles = [
        plt.Line2D([], [], label=context.label(m), **styles[m].look) for m in order
    ]
    figure.legend(handles=handles, loc="outside right center", frameon=False)
    finish(figure, "Training loss", context, stem)
