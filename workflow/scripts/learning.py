"""Draw the loss of every training of one benchmark."""

from pathlib import Path

from sambench.figures.learning import learning
from sambench.logs import job_log
from sambench.report.runs import read_histories

with job_log(snakemake.log[0]):
    learning(
        read_histories(snakemake.input.histories),
        snakemake.params.benchmark,
        snakemake.params.methods,
        snakemake.params.data_source,
        Path(snakemake.output.svg).with_suffix(""),
    )
