"""How much of the ranking is protocol: each method's Dice and rank under every one."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes

from sambench.figures.style import (
    Style,
    finish,
    method_styles,
    panels,
    save_nothing,
    span_of,
    write_beside,
)
from sambench.tables.context import CONTROL, Context
from sambench.tables.protocol import in_few_words


def effect(table: pd.DataFrame, contexts: Sequence[Context], stem: Path | str) -> None:
    """Draw one line per method over the protocols: Dice on the left, rank on the right.

    Lines that cross are claims that depend on the protocol. Methods with the same kind
    of prompt stand in one row of panels; controls that they have to beat are dashed.
    The axis of Dice spans the competitors.
    """
    ids = list(dict.fromkeys(table["protocol"]))
    context = contexts[0].of(table).under({})
    competing = table[table["block"] != CONTROL]
    if len(ids) < 2 or competing.empty:
        one = "one protocol compares with nothing"
        save_nothing(one if len(ids) < 2 else "there are only controls", stem)
        return
    protocols = {c.protocol["id"]: c.protocol for c in contexts}
    styles = method_styles(context, table["method"])
    blocks = {
        name: context.in_order(part["method"])
        for name, part in competing.groupby("block", sort=False)
    }
    heights = [1.9 + 0.2 * len(methods) for methods in blocks.values()]
    size = 4.2 + 1.4 * len(ids), 1.2 + sum(heights)
    figure, grid = panels(len(blocks), 2, figsize=size, height_ratios=heights)
    values = table.pivot(index="protocol", columns="method", values="value").loc[ids]
    ranks = table.pivot(index="protocol", columns="method", values="rank").loc[ids]
    words = [
        "\n".join([name.replace("_", "_\n"), *in_few_words(protocols[name])])
        for name in ids
    ]
    for (left, right), (block, methods) in zip(grid, blocks.items(), strict=True):
        for method in [*methods, *context.must_beat(methods[0])]:
            if method in values:
                _line(left, values[method], styles[method])
        for method in methods:
            _line(right, ranks[method], styles[method])
        _name_lines(right, ranks.iloc[-1][methods].sort_values(), context)
        left.set_title(block, loc="left")
        left.set_ylabel("overall Dice (%)")
        left.set_ylim(*span_of(values[methods], 0.12, 2.0))
        right.set_ylabel("rank")
        right.set_ylim(len(methods) + 0.5, 0.5)
        right.set_yticks(range(1, len(methods) + 1))
        for axes in (left, right):
            axes.set_xticks(range(len(ids)), words)
            axes.tick_params(axis="x", labelsize=7)
            axes.set_xlim(-0.25, len(ids) - 0.75)
    finish(figure, f"The same runs under {len(ids)} protocols", context, stem)


def _line(axes: Axes, values: pd.Series, style: Style) -> None:
    axes.plot(
        range(len(values)),
        values,
        linestyle=style.line,
        markersize=4,
        linewidth=1.6 if style.line == "-" else 1.0,
        **style.look,
    )


def _name_lines(axes: Axes, last: pd.Series, context: Context) -> None:
    """Write the name of each method at the end of its line, ties below each other."""
    for index, (method, rank) in enumerate(last.dropna().items()):
        # Ties share a rank: the second and further names go below the first.
        below = -9 * int((last.iloc[:index] == rank).sum())
        write_beside(axes, context.label(method), rank, (6, below), fontsize=8)
