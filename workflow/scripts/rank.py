"""Rank the methods of one benchmark under one protocol, with the uncertainty."""

from pathlib import Path

from sambench.figures.critical_difference import critical_difference
from sambench.figures.stability import stability
from sambench.logs import job_log
from sambench.metrics.scores_file import read_scores
from sambench.ranking.record import write_record
from sambench.ranking.report import rank_methods, write_ranking
from sambench.tables.context import Context
from sambench.tables.soundness import suspect_runs

with job_log(snakemake.log[0]):
    output = snakemake.output
    scores = read_scores(snakemake.input.scores)
    context = Context(**snakemake.params.context).of(scores)
    ranking = rank_methods(scores, context, "dice")
    write_ranking(
        ranking, Path(output.ranks), Path(output.frequencies), Path(output.pairs)
    )
    suspects = suspect_runs(scores, context)
    write_record(ranking, suspects, context, Path(output.layout), Path(output.suspects))
    stability(ranking, context, Path(output.stability).with_suffix(""))
    stem = Path(output.critical_difference).with_suffix("")
    critical_difference(ranking, context, stem)
