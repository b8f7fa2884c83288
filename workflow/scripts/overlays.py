"""Draw label and prediction of the best, median and worst case of one method."""

from pathlib import Path

from sambench.figures.overlays import overlays
from sambench.logs import job_log
from sambench.metrics.scores_file import read_scores
from sambench.tables.context import Context

with job_log(snakemake.log[0]):
    scores = read_scores(snakemake.input.scores)
    overlays(
        scores[scores["seed"] == 1],
        Context(**snakemake.params.context),
        snakemake.wildcards.method,
        packed_folder=Path(snakemake.input.slices[0]).parents[1],
        predictions=dict(
            zip(snakemake.params.pairs, snakemake.input.predictions, strict=True)
        ),
        stem=Path(snakemake.output.svg).with_suffix(""),
    )
