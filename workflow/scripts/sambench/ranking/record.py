"""A ranking for the page of the report: layouts, winners, runs to look at."""

import json
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from sambench.atomic import atomic_path
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
    write_ranking,
)
from sambench.tables.context import Context
from sambench.tables.printed_table import MISSING
from sambench.tables.soundness import suspect_runs


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


def write_record(
    ranking: Ranking,
    suspects: pd.DataFrame,
    context: Context,
    record: Path,
    suspects_file: Path,
) -> None:
    """Write what the page shows of a ranking as JSON, and suspect runs as CSV.

    Parameters
    ----------
    ranking : Ranking
        Result of `sambench.ranking.report.rank_methods`.
    suspects : DataFrame
        Result of `sambench.tables.soundness.suspect_runs`.
    context : Context
        With the data source of the scores.
    record, suspects_file : Path
        Files to write.
    """
    labels = suspects.assign(label=suspects["method"].map(context.label))
    means = labels["mean"].astype(object).where(labels["mean"].notna(), None)
    document = {
        "ranks": asdict(lay_out_ranks(ranking, context)),
        "pairs": asdict(lay_out_pairs(ranking, context)),
        "obstacle": ranking.obstacle,
        "winners": winner_rows(ranking, context),
        "controls": control_rows(ranking, context),
        "suspects": labels.assign(mean=means).to_dict("records"),
    }
    with atomic_path(record) as temporary:
        text = json.dumps(document, ensure_ascii=False) + "\n"
        temporary.write_text(text, encoding="utf-8")
    with atomic_path(suspects_file) as temporary:
        suspects.to_csv(temporary, index=False, lineterminator="\n")


def write_ranks(scores: pd.DataFrame, context: Context, path: Path) -> Ranking:
    """Rank methods by Dice, and write a CSV file and what is beside it; return it all.

    That is `.frequencies.csv`, `.pairs.csv`, `.suspects.csv` and `.json`.
    """
    context = context.of(scores)
    ranking = rank_methods(scores, context, "dice")
    kinds = ("frequencies", "pairs", "suspects")
    frequencies, pairs, suspects = (path.with_suffix(f".{k}.csv") for k in kinds)
    write_ranking(ranking, path, frequencies, pairs)
    found = suspect_runs(scores, context)
    write_record(ranking, found, context, path.with_suffix(".json"), suspects)
    return ranking
