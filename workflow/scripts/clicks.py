"""Draw what methods score by the number of clicks under one protocol."""

from pathlib import Path

from sambench.figures.clicks import clicks
from sambench.logs import job_log
from sambench.metrics.scores_file import read_scores
from sambench.tables.context import Context

with job_log(snakemake.log[0]):
    clicks(
        read_scores(snakemake.input.scores),
        Context(**snakemake.params.context),
        Path(snakemake.output.svg).with_suffix(""),
    )
