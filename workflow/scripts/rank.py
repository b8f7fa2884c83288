"""Rank the methods of one benchmark under one protocol, with the uncertainty."""

from pathlib import Path

from sambench.figures.critical_difference import critical_difference
from sambench.figures.stability import stability
from sambench.logs import job_log
from sambench.metrics.scores_file import read_scores
from sambench.ranking.report import rank_methods, write_ranking

with job_log(snakemake.log[0]):
    params, output = snakemake.params, snakemake.output
    ranking = rank_methods(
        read_scores(snakemake.input.scores),
        params.protocol,
        params.benchmark,
        "dice",
        params.methods,
    )
    write_ranking(
        ranking, Path(output.ranks), Path(output.frequencies), Path(output.pairs)
    )
    about = (params.protocol, params.benchmark, params.methods, params.data_source)
    stem = Path(output.stability).with_suffix("")
    stability(ranking.ranks, ranking.frequencies, *about, stem)
    stem = Path(output.critical_difference).with_suffix("")
    critical_difference(ranking.ranks, ranking.pairs, *about, stem)
