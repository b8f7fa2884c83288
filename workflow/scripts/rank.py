"""Rank the methods of one benchmark under one protocol, with the uncertainty."""

from pathlib import Path

from sambench.figures.critical_difference import critical_difference
from sambench.figures.stability import stability
from sambench.logs import job_log
from sambench.metrics.scores_file import read_scores
from sambench.ranking.record import write_ranks
from sambench.tables.context import Context

with job_log(snakemake.log[0]):
    output = snakemake.output
    scores = read_scores(snakemake.input.scores)
    context = Context(**snakemake.params.context).of(scores)
    ranking = write_ranks(scores, context, Path(output.ranks))
    stability(ranking, context, Path(output.stability).with_suffix(""))
    stem = Path(output.critical_difference).with_suffix("")
    critical_difference(ranking, context, stem)
