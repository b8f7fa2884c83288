"""Which cases of a benchmark are worth a look, the same for every method."""

import pandas as pd

from sambench.tables.cells import select_rows
from sambench.tables.context import Context

MOST_DIFFERENT = 3
"""Cases that are shown for the difference between methods."""


def choose_cases(scores: pd.DataFrame, context: Context) -> list[dict[str, object]]:
    """Choose the cases on which methods differ most, and best, median and worst.

    They are read under the context's protocol; controls are left out unless there is
    nothing else. Each has `target`, `case`, `why`, `mean` and `spread` (Dice in
    percent: mean over methods, and best minus worst method); no case comes twice.
    """
    rows = select_rows(scores, context.protocol, "dice").dropna(subset="value")
    competing = ~rows["method"].map(context.is_control)
    rows = rows[competing] if competing.any() else rows
    if rows.empty:
        return []
    by_method = rows.groupby(["target", "case", "method"])["value"].mean()
    groups = by_method.groupby(["target", "case"])
    cases = pd.DataFrame(
        {"mean": groups.mean().round(9), "spread": (groups.max() - groups.min())}
    ).reset_index()
    keys = ["target", "case"]
    ranked = cases.sort_values(["mean", *keys], ascending=[False, True, True])
    chosen = [
        ("best", ranked.iloc[0]),
        ("median", ranked.iloc[len(ranked) // 2]),
        ("worst", ranked.iloc[-1]),
    ]
    differing = cases[cases["spread"] > 0]
    differing = differing.sort_values(["spread", *keys], ascending=[False, True, True])
    most = differing.head(MOST_DIFFERENT).iterrows()
    chosen = [("methods differ most", row) for _, row in most] + chosen
    found: dict[tuple, dict[str, object]] = {}
    for why, row in chosen:
        target, case = row["target"], row["case"]
        numbers = {k: round(float(row[k]), 2) for k in ("mean", "spread")}
        entry = {"target": target, "case": case, "why": "", **numbers}
        entry = found.setdefault((target, case), entry)
        entry["why"] += f", {why}" if entry["why"] else why
    return list(found.values())
