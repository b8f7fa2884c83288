"""Write one metric of one benchmark under one protocol, and its full matrix."""

from pathlib import Path

from sambench.logs import job_log
from sambench.metrics.scores_file import read_scores
from sambench.published.ceiling import with_ceiling
from sambench.tables.aggregate import build_table
from sambench.tables.cells import select_rows, single_case_targets
from sambench.tables.context import Context
from sambench.tables.matrix import build_matrix, lay_out_matrix
from sambench.tables.printed_table import lay_out
from sambench.tables.render import write_table

with job_log(snakemake.log[0]):
    metric, ceiling = snakemake.wildcards.metric, snakemake.params.ceiling
    context = Context(**snakemake.params.context)
    scores = read_scores(snakemake.input.scores)
    single = single_case_targets(select_rows(scores, context.protocol, metric))
    # A metric may hold a dot (nsd_1.5mm): cut the suffix, not all behind the dot.
    stem = Path(snakemake.output.html.removesuffix(".html"))
    table = build_table(scores, context, metric)
    printed = with_ceiling(lay_out(table, context, single), ceiling, context)
    write_table(table, printed, stem)
    matrix = build_matrix(scores, context, metric)
    printed = with_ceiling(lay_out_matrix(matrix, context), ceiling, context)
    write_table(matrix, printed, stem.parent / "matrix" / stem.name)
