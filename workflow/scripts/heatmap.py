"""Draw the mean Dice of every source-target pair under one protocol."""

from pathlib import Path

from sambench.figures.heatmap import heatmap
from sambench.logs import job_log
from sambench.metrics.scores_file import read_scores

with job_log(snakemake.log[0]):
    heatmap(
        read_scores(snakemake.input.scores),
        snakemake.params.protocol,
        snakemake.params.benchmark,
        snakemake.params.methods,
        Path(snakemake.output.svg).with_suffix(""),
    )
