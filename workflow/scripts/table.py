"""Write one metric of one benchmark under one protocol, and its full matrix."""

from pathlib import Path

from sambench.logs import job_log
from sambench.metrics.scores_file import read_scores
from sambench.tables.aggregate import build_table
from sambench.tables.matrix import build_matrix, lay_out_matrix
from sambench.tables.render import render_table, write_table

with job_log(snakemake.log[0]):
    params, metric = snakemake.params, snakemake.wildcards.metric
    about = (params.protocol, params.benchmark)
    scores = read_scores(snakemake.input.scores)
    stem = Path(snakemake.output.html)
    table = build_table(scores, *about, metric)
    # A metric may hold a dot (nsd_1.5mm): cut the suffix, not all behind the dot.
    stem = stem.with_name(stem.name.removesuffix(".html"))
    render_table(table, *about, params.methods, stem)
    matrix = build_matrix(scores, *about, metric)
    layout = lay_out_matrix(matrix, *about, params.methods)
    write_table(matrix, layout, stem.parent / "matrix" / stem.name)
