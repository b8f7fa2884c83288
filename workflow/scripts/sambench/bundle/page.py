"""The page of a bundle: tables, ranks and cases without figures and images."""

from pathlib import Path

from sambench.metrics.scores_file import read_scores
from sambench.published.ceiling import write_tables
from sambench.ranking.record import write_ranks
from sambench.report.content import gather
from sambench.report.documents import read_documents
from sambench.report.origin import origin_of
from sambench.report.page import render
from sambench.tables.effect import build_effect, lay_out_effect
from sambench.tables.protocol import protocol_metrics
from sambench.tables.render import write_table


def page_of_bundle(folder: Path, work: Path) -> str:
    """Return the page of a bundle as HTML, made of its scores alone.

    Tables and ranks on the way are written to `work`.
    """
    documents = read_documents(folder)
    tables, ranks, scores = [], {}, []
    for name, context in documents.contexts.items():
        path = folder / "scores" / f"{name}.parquet"
        frame = read_scores(path)
        scores.append(path)
        contexts = documents.under(name)
        stem = work / "tables" / name / "protocols"
        table = build_effect(frame, contexts)
        write_table(table, lay_out_effect(table, contexts), stem)
        tables.append(stem.with_suffix(".html"))
        ceiling = documents.ceilings.get(name, [])
        for under in contexts:
            key = under.protocol["id"]
            for metric in protocol_metrics(under.protocol, context.benchmark):
                stem = work / "tables" / name / key / metric
                shown = ceiling if metric == "dice" else []
                write_tables(frame, under, metric, shown, stem)
                for place in (stem.parent, stem.parent / "matrix"):
                    tables.append(place / f"{metric}.html")
            path = work / "ranks" / name / f"{key}.csv"
            write_ranks(frame, under, path)
            ranks[name, key] = path
    records = sorted(folder.glob("runs/**/run.json"))
    content = gather(
        documents,
        scores=scores,
        tables=tables,
        ranks=ranks,
        records=records,
        figures={},
        galleries={},
        origin=origin_of(f"sambench verify {folder.name}"),
    )
    return render(content)
