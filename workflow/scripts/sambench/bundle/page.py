"""The page of a bundle: tables, ranks and cases without figures and images."""

from pathlib import Path

from sambench.metrics.scores_file import read_scores
from sambench.published.ceiling import with_ceiling
from sambench.ranking.record import write_record
from sambench.ranking.report import rank_methods, write_ranking
from sambench.report.content import gather
from sambench.report.documents import read_documents
from sambench.report.origin import origin_of
from sambench.report.page import render
from sambench.tables.aggregate import build_table
from sambench.tables.cells import select_rows, single_case_targets
from sambench.tables.effect import build_effect, lay_out_effect
from sambench.tables.matrix import build_matrix, lay_out_matrix
from sambench.tables.printed_table import lay_out
from sambench.tables.protocol import protocol_metrics
from sambench.tables.render import write_table
from sambench.tables.soundness import suspect_runs


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
                rows = select_rows(frame, under.protocol, metric)
                table = build_table(frame, under, metric)
                matrix = build_matrix(frame, under, metric)
                shown = ceiling if metric == "dice" else []
                both = {
                    f"{metric}": lay_out(table, under, single_case_targets(rows)),
                    f"matrix/{metric}": lay_out_matrix(matrix, under),
                }
                for place, printed in both.items():
                    stem = work / "tables" / name / key / place
                    written = table if printed.view == "table" else matrix
                    write_table(written, with_ceiling(printed, shown, under), stem)
                    tables.append(stem.with_name(f"{stem.name}.html"))
            ranking = rank_methods(frame, under, "dice")
            path = work / "ranks" / name / f"{key}.csv"
            kinds = ("frequencies", "pairs", "suspects")
            others = [path.with_suffix(f".{kind}.csv") for kind in kinds]
            write_ranking(ranking, path, *others[:2])
            found = suspect_runs(frame, under)
            about = under.of(frame)
            write_record(ranking, found, about, path.with_suffix(".json"), others[2])
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
