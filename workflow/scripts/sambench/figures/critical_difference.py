"""The critical-difference diagram: mean ranks, and what no test separates."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scikit_posthocs import critical_difference_diagram

from sambench.figures.style import (
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

    The tests are Wilcoxon's signed ranks with Holm's correction on per-case means, not
    Nemenyi's, whose outcome depends on which other methods take part.

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
    p = significance(pairs, list(mean_ranks.index))
    figure, axes = plt.subplots(figsize=(7.6, 1.6 + 0.17 * len(mean_ranks)))
    if len(mean_ranks) > 1:
        critical_difference_diagram(
            mean_ranks.rename(names),
            p.rename(index=names, columns=names),
            ax=axes,
            alpha=LEVEL,
            label_props={"fontsize": 8},
            color_palette={names[m]: colours[m] for m in mean_ranks.index},
        )
    else:
        axes.text(0.5, 0.5, "one method: nothing to compare", ha="center")
        axes.set_axis_off()
    title = (
        f"{benchmark.get('label', benchmark['id'])}: mean rank over cases by Dice, "
        f"protocol {protocol.get('label', protocol['id'])}"
    )
    titled(figure, title, data_source)
    save(figure, stem)


def significance(pairs: pd.DataFrame, methods: list[str]) -> pd.DataFrame:
    """Arrange corrected p values as a symmetric table with 1 on its diagonal."""
    table = pd.DataFrame(np.eye(len(methods)), index=methods, columns=methods)
    for pair in pairs.itertuples():
        if pair.method in table.index and pair.other in table.index:
            table.loc[pair.method, pair.other] = pair.p_holm
            table.loc[pair.other, pair.method] = pair.p_holm
    return table
