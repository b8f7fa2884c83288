"""How much of a ranking is protocol: the same runs under every protocol."""

from collections.abc import Sequence

import pandas as pd

from sambench.tables.aggregate import OVERALL, build_table
from sambench.tables.context import MEAN, Context
from sambench.tables.notes import method_notes, paragraph, synthetic_note
from sambench.tables.printed_table import (
    Column,
    PrintedTable,
    method_table,
    number,
    value_column,
)
from sambench.tables.protocol import in_words


def build_effect(scores: pd.DataFrame, contexts: Sequence[Context]) -> pd.DataFrame:
    """Return each method's overall mean Dice and rank under each protocol.

    Parameters
    ----------
    contexts : sequence of Context
        One per protocol.

    Returns
    -------
    DataFrame
        One row per method and protocol: `value`, `sd` over seeds, `rank` within the
        block of the method, `seen`, `suspect`, `n_cases`, metric, unit, benchmark and
        data_source.
    """
    parts = []
    for context in contexts:
        table = build_table(scores, context, "dice")
        parts.append(table[(table["structure"] == OVERALL) & (table["column"] == MEAN)])
    columns = ["benchmark", "method", "block", "protocol", "metric", "unit", "value"]
    columns += ["sd", "rank", "seen", "suspect", "n_cases", "data_source"]
    return pd.concat(parts, ignore_index=True)[columns]


def spreads(effect: pd.DataFrame) -> pd.DataFrame:
    """Return by method how far protocols move it.

    `spread` is the largest minus the smallest value; `best_rank` and `worst_rank` are
    over protocols.
    """
    groups = effect.groupby("method", sort=False)
    values, ranks = groups["value"], groups["rank"]
    return pd.DataFrame(
        {
            "spread": values.max() - values.min(),
            "best_rank": ranks.min(),
            "worst_rank": ranks.max(),
        }
    )


def lay_out_effect(effect: pd.DataFrame, contexts: Sequence[Context]) -> PrintedTable:
    """Arrange the comparison: rows are methods, columns protocols."""
    context = contexts[0].of(effect)
    protocols = {c.protocol["id"]: c.protocol for c in contexts}
    ids = list(dict.fromkeys(effect["protocol"]))
    first = effect[effect["protocol"] == ids[0]]
    first = first.sort_values(["value", "method"], ascending=[False, True])
    order = context.in_blocks(first["method"])
    blocks = [context.block(method) for method in order]
    shown = []
    for name in ids:
        part = effect[effect["protocol"] == name].set_index("method").reindex(order)
        shown.append(value_column((name, "Dice"), part, blocks, "dice"))
        shown.append(Column((name, "Rank"), [number(n, 0) for n in part["rank"]]))
    moved = spreads(effect).reindex(order)
    spread = [number(value) for value in moved["spread"]]
    shown.append(Column(("over protocols", "Spread"), spread))
    ranks = [_span(row.best_rank, row.worst_rank) for row in moved.itertuples()]
    shown.append(Column(("over protocols", "Ranks"), ranks))
    caption = paragraph(
        synthetic_note(context),
        "Overall Dice in percent and rank of the same runs under each protocol; ranks "
        "are among methods with the same kind of prompt. Spread: largest minus "
        "smallest Dice.",
        method_notes(effect, context),
        *(f"{name}: {in_words(protocols[name])}" for name in ids),
    )
    return method_table(
        shown,
        context,
        order,
        effect,
        title=context.title("effect of the protocol", protocol=False),
        caption=caption,
        view="effect",
    )


def _span(best: float, worst: float) -> str:
    return number(best, 0) + (f" to {worst:.0f}" if worst > best else "")
