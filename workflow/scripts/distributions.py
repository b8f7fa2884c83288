"""Draw the Dice of every case by method under one protocol."""

from pathlib import Path

from sambench.figures.distributions import distributions
from sambench.logs import job_log
from sambench.metrics.scores_file import read_scores
from sambench.published.ceiling import ceiling_by_structure
from sambench.tables.context import Context

with job_log(snakemake.log[0]):
    context = Context(**snakemake.params.context)
    distributions(
        read_scores(snakemake.input.scores),
        context,
        Path(snakemake.output.svg).with_suffix(""),
        ceiling_by_structure(snakemake.params.ceiling, context),
    )
