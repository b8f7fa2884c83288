"""Show what each protocol makes of the same runs."""

from pathlib import Path

from sambench.figures.effect import effect
from sambench.logs import job_log
from sambench.metrics.scores_file import read_scores
from sambench.tables.effect import build_effect, lay_out_effect
from sambench.tables.render import write_table

with job_log(snakemake.log[0]):
    params = snakemake.params
    table = build_effect(
        read_scores(snakemake.input.scores),
        params.protocols.values(),
        params.benchmark,
        params.methods,
    )
    layout = lay_out_effect(table, params.protocols, params.benchmark, params.methods)
    write_table(table, layout, Path(snakemake.output.csv).with_suffix(""))
    stem = Path(snakemake.output.svg).with_suffix("")
    effect(table, params.protocols, params.benchmark, params.methods, stem)
