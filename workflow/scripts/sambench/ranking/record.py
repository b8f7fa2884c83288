"""A ranking for the page of the report: layouts, winners, runs to look at."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from sambench.atomic import write_text
from sambench.ranking.printed_tables import (
    interval,
    lay_out_pairs,
    lay_out_ranks,
    probability,
)
from sambench.ranking.report import (
    Ranking,
    doubts,
    rank_methods,
    rivals,
    winners,
)
from sambench.tables.context import Context
from sambench.tables.printed_table import MISSING


def winner_rows(ranking: Ranking, context: Context) -> list[dict[str, str]]:
    """Return one row per block: its best method, and how sure that is.

    `doubt` is the largest probability, over what it has to beat, that it is not better;
    `against` is the rival with which that is.
    """
    ranks, rows = ranking.ranks.set_index("method"), []
    for block, winner in winners(ranking.ranks).items():
        best = ranks.loc[winner]
        beaten = doubts(ranking.pairs, winner)
        against = [m for m in rivals(ranking.ranks, context, winner) if m in beaten]
        known = {m: beaten[m] for m in against if not pd.isna(beaten[m])}
        worst = max(known, key=known.get, default=None)
        rows.append(
            {
                "block": block,
                "method": context.label(winner),
                "mean": f"{best['mean']:.2f}",
                "interval": interval(best["mean_low"], best["mean_high"]),
                "cases": f"{best['n_cases']}",
                "doubt": probability(known[worst]) if worst else MISSING,
                "against": context.label(worst)
                if worst
                else (ranking.obstacle if against else "nothing to beat"),
            }
        )
    return rows


def control_rows(ranking: Ranking, context: Context) -> list[dict[str, object]]:
    """Check every method with complete results against the controls it has to beat.

    `difference` is that of the overall means in percent points.
    """
    means = ranking.ranks.set_index("method")["mean"].dropna()
    return [
        {
            "method": context.label(method),
            "control": context.label(control),
            "difference": round(float(means[method] - means[control]), 2),
            "beats": bool(means[method] > means[control]),
        }
        for method in means.index
        if not context.is_control(method)
        for control in context.must_beat(method)
        if control in means.index
    ]


def record_of(ranking: Ranking, context: Context) -> dict[str, Any]:
    """Return what the page shows of a ranking, for a JSON file."""
    suspects = ranking.suspects
    means = suspects["mean"].astype(object).where(suspects["mean"].notna(), None)
    suspects = suspects.assign(mean=means, label=suspects["method"].map(context.label))
    return {
        "ranks": asdict(lay_out_ranks(ranking, context)),
        "pairs": asdict(lay_out_pairs(ranking, context)),
        "obstacle": ranking.obstacle,
        "winners": winner_rows(ranking, context),
        "controls": control_rows(ranking, context),
        "suspects": suspects.to_dict("records"),
    }


def write_ranks(scores: pd.DataFrame, context: Context, path: Path) -> Ranking:
    """Rank methods by Dice, and write a CSV file and what is beside it; return it all.

    That is `.frequencies.csv`, `.pairs.csv`, `.suspects.csv` and `.json`.
    """
    context = context.of(scores)
    ranking = rank_methods(scores, context, "dice")
    for suffix, table in ranking.tables().items():
        text = table.to_csv(index=False, lineterminator="\n")
        write_text(path.with_suffix(suffix), text)
    text = json.dumps(record_of(ranking, context), ensure_ascii=False) + "\n"
    write_text(path.with_suffix(".json"), text)
    return ranking
