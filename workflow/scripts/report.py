"""Gather every table and figure on one page that opens offline."""

from pathlib import Path

import yaml

from sambench.atomic import atomic_path
from sambench.logs import job_log
from sambench.report.content import gather
from sambench.report.origin import origin_of
from sambench.report.page import render
from sambench.tables.context import Context

with job_log(snakemake.log[0]), atomic_path(snakemake.output.html) as temporary:
    found, params = snakemake.input, snakemake.params
    content = gather(
        config=yaml.safe_load(Path(found.config).read_text(encoding="utf-8")),
        contexts={name: Context(**c) for name, c in params.contexts.items()},
        totals=params.totals,
        offers=params.offers,
        protocols=params.protocols,
        recipes=params.recipes,
        scores=found.scores,
        tables=[*found.tables, *found.comparisons],
        ranks=found.ranks,
        figures=found.figures,
        records=found.records,
        inventories=found.inventories,
        findings=found.findings,
        galleries=found.galleries,
        origin=origin_of(),
    )
    temporary.write_text(render(content), encoding="utf-8")
