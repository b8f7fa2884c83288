"""Draw the mean Dice of every source-target pair under one protocol."""

from pathlib import Path

from sambench.figures.heatmap import heatmap
from sambench.logs import job_log
from sambench.metrics.scores_file import read_scores
from sambench.tables.context import Context

with job_log(snakemake.log[0]):
    heatmap(
        read_scores(snakemake.input.scores),
        Context(**snakemake.params.context),
        Path(snakemake.output.svg).with_suffix(""),
    )
