"""Every table and rank that follows from scores, by its path in the results."""

from collections.abc import Iterator

import pandas as pd

from sambench.ranking.report import rank_methods
from sambench.report.documents import Documents
from sambench.tables.aggregate import build_table
from sambench.tables.context import Context
from sambench.tables.effect import build_effect
from sambench.tables.matrix import build_matrix
from sambench.tables.protocol import protocol_metrics


def recompute(
    documents: Documents, scores: dict[str, pd.DataFrame]
) -> Iterator[tuple[str, pd.DataFrame]]:
    """Compute every table and rank of a run again, by its path in the results.

    Scores are by benchmark, paths such as ``"tables/prostate/strict/dice.csv"``.
    """
    for name, frame in scores.items():
        contexts = documents.under(name)
        yield f"tables/{name}/protocols.csv", build_effect(frame, contexts)
        for context in contexts:
            yield from _under(name, frame, context)


def _under(
    name: str, scores: pd.DataFrame, context: Context
) -> Iterator[tuple[str, pd.DataFrame]]:
    protocol = context.protocol["id"]
    for metric in protocol_metrics(context.protocol, context.benchmark):
        folder = f"tables/{name}/{protocol}"
        yield f"{folder}/{metric}.csv", build_table(scores, context, metric)
        yield f"{folder}/matrix/{metric}.csv", build_matrix(scores, context, metric)
    for suffix, table in rank_methods(scores, context, "dice").tables().items():
        yield f"ranks/{name}/{protocol}{suffix}", table
