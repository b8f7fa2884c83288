"""Write one metric of one benchmark under one protocol, and its full matrix."""

from pathlib import Path

from sambench.logs import job_log
from sambench.metrics.scores_file import read_scores
from sambench.published.ceiling import write_tables
from sambench.tables.context import Context

with job_log(snakemake.log[0]):
    write_tables(
        read_scores(snakemake.input.scores),
        Context(**snakemake.params.context),
        snakemake.wildcards.metric,
        snakemake.params.ceiling,
        # A metric may hold a dot (nsd_1.5mm): cut the suffix, not all behind the dot.
        Path(snakemake.output.html.removesuffix(".html")),
    )
