"""The critical-difference diagram: mean ranks, and what no test separates."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scikit_posthocs import critical_difference_diagram

from sambench.figures.style import (
    INK,
    apply_style,
    method_colours,
    method_label,
    save,
    titled,
)

LEVEL = 0.05


def critical_difference(
    ranks: pd.DataFrame,
    pairs: pd.DataFrame,
    protocol: dict,
    benchmark: dict,
    methods: dict[str, dict],
    data_source: str,
    stem: Path | str,
) -> None:
    """Draw methods by their mean rank over cases; a bar joins what no test separates.

    A dot on a bar marks each method that belongs to it: a bar may pass over one that
    does not. Controls are drawn without bars, as their ranks are no finding. The tests
    are Wilcoxon's signed ranks with Holm's correction on per-case means, not Nemenyi's,
    whose outcome depends on which other methods take part.

    Parameters
    ----------
    ranks, pairs : DataFrame
        Of `sambench.ranking.report.Ranking`.
    protocol, benchmark, methods, data_source, stem
        As for `sambench.figures.stability.stability`.
    """
    apply_style()
    mean_ranks = ranks.set_index("method")["mean_rank"]
    names = {m: method_label(methods, m) for m in mean_ranks.index}
    colours = method_colours(list(methods) or list(mean_ranks.index))
    competitors = [m for m in names if not methods.get(m, {}).get("control")]
    p = significance(pairs, list(mean_ranks.index), competitors)
    figure, axes = plt.subplots(figsize=(7.6, 1.6 + 0.17 * len(mean_ranks)))
    if len(mean_ranks) > 1:
        drawn = critical_difference_diagram(
            mean_ranks.rename(names),
            p.rename(index=names, columns=names),
            ax=axes,
            alpha=LEVEL,
            label_props={"fontsize": 8},
            color_palette={names[m]: colours[m] for m in mean_ranks.index},
            crossbar_props={"marker": "o", "markersize": 4},
            text_h_margin=0.02 * (mean_ranks.max() - mean_ranks.min()),
        )
        for label in drawn["labels"]:
            label.set_color(INK)
    else:
        axes.text(0.5, 0.5, "one method: nothing to compare", ha="center")
        axes.set_axis_off()
    title = (
        f"{benchmark.get('label', benchmark['id'])}: mean rank over cases by Dice, "
        f"protocol {protocol.get('label', protocol['id'])}"
    )
    titled(figure, title, data_source)
    save(figure, stem)


def significance(
    pairs: pd.DataFrame, methods: list[str], competitors: list[str]
) -> pd.DataFrame:
    """Arrange corrected p values as a symmetric table with 1 on its diagonal.

    Pairs that are not of two competitors are 0: no bar joins them.
    """
    table = pd.DataFrame(np.eye(len(methods)), index=methods, columns=methods)
    for pair in pairs.itertuples():
        if pair.method in competitors and pair.other in competitors:
            table.loc[pair.method, pair.other] = pair.p_holm
            table.loc[pair.other, pair.method] = pair.p_holm
    return table
