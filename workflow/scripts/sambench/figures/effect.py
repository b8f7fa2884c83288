"""How much of the ranking is protocol: each method's Dice and rank under every one."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from sambench.figures.style import (
    apply_style,
    in_listed_order,
    method_colours,
    method_label,
    save,
    titled,
)
from sambench.tables.protocol import AVERAGES

_SLICES = {"all": "all slices", "foreground": "labelled slices"}
_GRIDS = {"native": "original grid", "packed": ""}
_AVERAGES = dict(zip(AVERAGES, ("mean of targets", "mean of cases"), strict=True))
_TREATMENTS = {
    "none": "",
    "largest_component": "largest component",
    "border_trim": "border trimmed",
}
_SELECTIONS = {
    "last": "",
    "best_on_source_validation": "best on source",
    "best_on_target": "best on target",
}


def effect(
    table: pd.DataFrame,
    protocols: dict[str, dict],
    benchmark: dict,
    methods: dict[str, dict],
    stem: Path | str,
) -> None:
    """Draw one line a method over the protocols: Dice on the left, rank on the right.

    Lines that cross are claims that depend on the protocol. Controls are dashed; the
    axis of Dice spans the other methods.

    Parameters
    ----------
    table : DataFrame
        Result of `sambench.tables.effect.build_effect`.
    protocols : dict of str to dict
        Contents of the protocol files, by id.
    benchmark : dict
        Contents of the benchmark file.
    methods : dict of str to dict
        Recipes by method id, in the order of the configuration.
    stem : Path or str
        Path of the SVG and PNG files without a suffix.
    """
    apply_style()
    ids = list(dict.fromkeys(table["protocol"]))
    order = in_listed_order(table["method"], list(methods))
    colours = method_colours(list(methods) or order)
    size = (4.2 + 1.4 * len(ids), 2.6 + 0.24 * len(order))
    figure, (left, right) = plt.subplots(1, 2, figsize=size, width_ratios=(1, 1))
    values = table.pivot(index="protocol", columns="method", values="value").loc[ids]
    ranks = table.pivot(index="protocol", columns="method", values="rank").loc[ids]
    for method in order:
        style = {
            "color": colours[method],
            "linestyle": "--" if methods.get(method, {}).get("control") else "-",
            "marker": "o",
            "markersize": 4,
            "linewidth": 1.6,
        }
        left.plot(range(len(ids)), values[method], **style)
        right.plot(range(len(ids)), ranks[method], **style)
    _name_lines(right, ranks.iloc[-1].sort_values(), methods)
    left.set_ylabel("overall Dice (%)")
    left.set_ylim(*_span(values, methods))
    right.set_ylabel("rank")
    right.set_ylim(len(order) + 0.5, 0.5)
    right.set_yticks(range(1, len(order) + 1))
    for axes in (left, right):
        axes.set_xticks(
            range(len(ids)), [_words(name, protocols[name]) for name in ids]
        )
        axes.tick_params(axis="x", labelsize=7)
        axes.set_xlim(-0.25, len(ids) - 0.75)
    title = (
        f"{benchmark.get('label', benchmark['id'])}: the same runs, "
        f"{len(ids)} protocols"
    )
    titled(figure, title, "+".join(sorted(set(table["data_source"]))))
    save(figure, stem)


def _name_lines(axes: Axes, last: pd.Series, methods: dict) -> None:
    """Write the name of each method at the end of its line, ties below each other."""
    for place, (method, rank) in enumerate(last.dropna().items()):
        axes.annotate(
            method_label(methods, method),
            (1, rank),
            xycoords=("axes fraction", "data"),
            # Ties share a rank: the second and further names go below the first.
            xytext=(6, -9 * int((last.iloc[:place] == rank).sum())),
            textcoords="offset points",
            va="center",
            fontsize=8,
            annotation_clip=False,
        )


def _span(values: pd.DataFrame, methods: dict) -> tuple[float, float]:
    """Give the range of the competitors, or of all where every method is a control."""
    competing = [m for m in values if not methods.get(m, {}).get("control")]
    shown = values[competing or list(values)].to_numpy().ravel()
    shown = shown[np.isfinite(shown)]
    if not shown.size:
        return 0.0, 100.0
    margin = max(0.12 * (shown.max() - shown.min()), 2.0)
    return float(shown.min() - margin), float(shown.max() + margin)


def _words(name: str, protocol: dict) -> str:
    treatment = _TREATMENTS[protocol.get("post_processing", "none")]
    lines = [
        name.replace("_", "_\n"),
        _SLICES[protocol["slices"]],
        _GRIDS[protocol.get("grid", "packed")],
        _AVERAGES[protocol["average"]],
        treatment,
        _SELECTIONS[protocol.get("selection", "last")],
    ]
    return "\n".join(line for line in lines if line)
