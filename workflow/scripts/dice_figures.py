"""Draw the Dice of every source-target pair and of every case under one protocol."""

from pathlib import Path

from sambench.figures.distributions import distributions
from sambench.figures.heatmap import heatmap
from sambench.logs import job_log
from sambench.metrics.scores_file import read_scores
from sambench.published.ceiling import ceiling_by_structure
from sambench.tables.context import Context

with job_log(snakemake.log[0]):
    output, ceiling = snakemake.output, snakemake.params.ceiling
    scores = read_scores(snakemake.input.scores)
    context = Context(**snakemake.params.context)
    heatmap(scores, context, Path(output.pairs).with_suffix(""))
    stem = Path(output.cases).with_suffix("")
    distributions(scores, context, stem, ceiling_by_structure(ceiling, context))
