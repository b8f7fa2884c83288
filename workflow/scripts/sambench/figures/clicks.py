"""Curves of an interaction: Dice and NSD by the number of clicks."""

from pathlib import Path

import pandas as pd
from matplotlib.ticker import MaxNLocator

from sambench.figures.style import (
    competing,
    finish,
    method_styles,
    panels,
    save_nothing,
    span_of,
)
from sambench.metrics.names import metric_label, parse_interaction
from sambench.tables.aggregate import pair_means
from sambench.tables.context import Context


def click_curves(scores: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Average what methods score after each number of clicks.

    Columns are measure, method, clicks and `value`: the mean over structures, sources
    and targets with equal weight. Empty if nothing was clicked.
    """
    curves = []
    for metric in scores["metric"].unique():
        measure, part = parse_interaction(metric) or ("", "")
        if not part.startswith("after_"):
            continue
        means = pair_means(scores, context, metric).groupby("method")["value"]
        curves.append(
            means.mean()
            .reset_index()
            .assign(measure=measure, clicks=int(part.removeprefix("after_")))
        )
    columns = ["measure", "method", "clicks", "value"]
    if not curves:
        return pd.DataFrame(columns=columns)
    return pd.concat(curves)[columns].sort_values(columns[:3], ignore_index=True)


def clicks(scores: pd.DataFrame, context: Context, stem: Path | str) -> None:
    """Draw a panel per measure, a line per method that takes clicks or is level."""
    curves = click_curves(scores, context)
    moving = curves.groupby(["measure", "method"])["value"].nunique() > 1
    if not moving.any():
        save_nothing("no method of this run was clicked", stem)
        return
    styles = method_styles(context, curves["method"].unique())
    measures = list(curves["measure"].unique())
    size = 3.2 * len(measures) + 2.6, 3.2
    figure, grid = panels(1, len(measures), figsize=size)
    order = context.in_order(curves["method"])
    for axes, measure in zip(grid.flat, measures, strict=True):
        for method in order:
            chosen = (curves["measure"] == measure) & (curves["method"] == method)
            style = styles[method]
            axes.plot(
                curves[chosen]["clicks"],
                curves[chosen]["value"],
                ls=style.line,
                lw=1.2 if moving[measure, method] else 0.7,
                ms=4 if moving[measure, method] else 3,
                label=context.label(method),
                **style.look,
            )
        # Controls may lie outside of what the competitors span.
        shown = competing(curves[curves["measure"] == measure], context)
        low, high = span_of(shown["value"], 0.08, 1.0)
        axes.set_ylim(low, min(high, 101.0))
        axes.set_xlabel("clicks per structure")
        axes.set_ylabel(f"{metric_label(measure)} (%)")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    handles, labels = grid.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right center", frameon=False)
    finish(figure, "What each click adds", context.of(scores), stem)
