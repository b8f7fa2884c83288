"""Draw Dice against trained parameters and training time."""

from pathlib import Path

import pandas as pd

from sambench.figures.cost import cost
from sambench.logs import job_log
from sambench.report.runs import read_runs
from sambench.tables.context import Context

with job_log(snakemake.log[0]):
    cost(
        pd.read_csv(snakemake.input.ranks),
        read_runs(snakemake.input.records),
        Context(**snakemake.params.context),
        Path(snakemake.output.svg).with_suffix(""),
    )
