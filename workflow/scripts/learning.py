"""Draw the loss of every training of one benchmark."""

from pathlib import Path

from sambench.figures.learning import learning
from sambench.logs import job_log
from sambench.report.runs import read_histories
from sambench.tables.context import Context

with job_log(snakemake.log[0]):
    learning(
        read_histories(snakemake.input.histories),
        Context(**snakemake.params.context),
        Path(snakemake.output.svg).with_suffix(""),
    )
