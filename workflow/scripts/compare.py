"""Put reproduced numbers beside those published under the same protocol."""

import json
from pathlib import Path

from sambench.atomic import atomic_path
from sambench.logs import job_log
from sambench.metrics.scores_file import read_scores
from sambench.published.comparison import compare
from sambench.published.printed_table import lay_out_comparison
from sambench.tables.context import Context
from sambench.tables.render import write_table

with job_log(snakemake.log[0]):
    params = snakemake.params
    context = Context(**params.context)
    found = compare(
        read_scores(snakemake.input.scores),
        params.numbers,
        context,
        snakemake.wildcards.metric,
        departure=params.departure,
    )
    printed = lay_out_comparison(found, context)
    write_table(found.cells, printed, Path(snakemake.output.csv.removesuffix(".csv")))
    with atomic_path(snakemake.output.agreement) as temporary:
        record = {"obstacle": found.obstacle, **found.agreement}
        temporary.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
