"""Draw Dice against trained parameters and training time."""

from pathlib import Path

import pandas as pd

from sambench.figures.cost import cost
from sambench.logs import job_log
from sambench.report.runs import read_runs

with job_log(snakemake.log[0]):
    params = snakemake.params
    cost(
        pd.read_csv(snakemake.input.ranks),
        read_runs(snakemake.input.records),
        params.protocol,
        params.benchmark,
        params.methods,
        params.data_source,
        Path(snakemake.output.svg).with_suffix(""),
    )
