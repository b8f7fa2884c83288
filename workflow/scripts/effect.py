"""Show what each protocol makes of the same runs."""

from pathlib import Path

from sambench.figures.effect import effect
from sambench.logs import job_log
from sambench.metrics.scores_file import read_scores
from sambench.tables.context import Context
from sambench.tables.effect import build_effect, lay_out_effect
from sambench.tables.render import write_table

with job_log(snakemake.log[0]):
    contexts = [Context(**context) for context in snakemake.params.contexts]
    table = build_effect(read_scores(snakemake.input.scores), contexts)
    stem = Path(snakemake.output.csv).with_suffix("")
    write_table(table, lay_out_effect(table, contexts), stem)
    effect(table, contexts, Path(snakemake.output.svg).with_suffix(""))
