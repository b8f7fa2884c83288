"""The critical-difference diagram: mean ranks, and what no test separates."""

from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd
from scikit_posthocs import critical_difference_diagram

from sambench.figures.style import INK, finish, method_styles, panels, save_nothing
from sambench.ranking.report import Ranking
from sambench.tables.context import Context

LEVEL = 0.05


def critical_difference(ranking: Ranking, context: Context, stem: Path | str) -> None:
    """Draw methods by their mean rank over cases; a bar joins what no test separates.

    One diagram for each kind of prompt. A dot on a bar marks each method that belongs
    to it: a bar may pass over one that does not. The tests are Wilcoxon's signed ranks
    with Holm's correction on per-case means, not Nemenyi's, whose outcome depends on
    which other methods take part.
    """
    ranks = ranking.ranks.dropna(subset="mean_rank")
    blocks = {
        name: part.set_index("method")["mean_rank"]
        for name, part in ranks.groupby("block", sort=False)
        if len(part) > 1
    }
    if ranking.obstacle or not blocks:
        save_nothing(
            ranking.obstacle or "no two methods have the same kind of prompt", stem
        )
        return
    styles = method_styles(context, ranks["method"])
    heights = [0.9 + 0.17 * len(part) for part in blocks.values()]
    size = 7.6, 0.9 + sum(heights)
    figure, grid = panels(len(blocks), 1, figsize=size, height_ratios=heights)
    for axes, (block, mean_ranks) in zip(grid.flat, blocks.items(), strict=True):
        names = {m: context.label(m) for m in mean_ranks.index}
        p = significance(ranking.pairs, list(mean_ranks.index))
        drawn = critical_difference_diagram(
            mean_ranks.rename(names),
            p.rename(index=names, columns=names),
            ax=axes,
            alpha=LEVEL,
            label_props={"fontsize": 8},
            color_palette={names[m]: styles[m].colour for m in mean_ranks.index},
            crossbar_props={"marker": "o", "markersize": 4, "color": "#1a1a1a"},
            text_h_margin=0.02 * (mean_ranks.max() - mean_ranks.min()),
        )
        for label in drawn["labels"]:
            label.set_color(INK)
        # They come from sets: without an order the file differs from run to run.
        for bar in chain.from_iterable(drawn["crossbars"]):
            bar.set_xdata(sorted(bar.get_xdata()))
        axes.set_title(block, loc="left")
    finish(figure, "Mean rank over cases by Dice", context, stem)


def significance(pairs: pd.DataFrame, methods: list[str]) -> pd.DataFrame:
    """Arrange corrected p values as a symmetric table with 1 on its diagonal.

    Pairs without a test are 0: no bar joins them.
    """
    table = pd.DataFrame(np.eye(len(methods)), index=methods, columns=methods)
    for pair in pairs.dropna(subset="p_holm").itertuples():
        if pair.method in methods and pair.other in methods:
            table.loc[pair.method, pair.other] = pair.p_holm
            table.loc[pair.other, pair.method] = pair.p_holm
    return table
