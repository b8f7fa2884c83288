"""Gather every table and figure on one page that opens offline."""

from pathlib import Path

from sambench.atomic import atomic_path
from sambench.logs import job_log
from sambench.report.content import gather
from sambench.report.documents import read_documents
from sambench.report.origin import origin_of
from sambench.report.page import render, warn_of_images

with job_log(snakemake.log[0]), atomic_path(snakemake.output.html) as temporary:
    found, params = snakemake.input, snakemake.params
    content = gather(
        read_documents(Path(found.documents).parent),
        scores=found.scores,
        tables=[*found.tables, *found.comparisons],
        ranks=dict(zip(params.ranks, found.ranks, strict=True)),
        records=found.records,
        figures=dict(zip(params.figures, found.figures, strict=True)),
        galleries=dict(zip(params.galleries, found.galleries, strict=True)),
        inventories=found.inventories,
        findings=found.findings,
        offers=params.offers,
        origin=origin_of(),
    )
    temporary.write_text(render(content), encoding="utf-8")
    if not params.galleries:
        warn_of_images(Path(snakemake.output.html))
