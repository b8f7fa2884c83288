"""Segment the images of one target with another program."""

from pathlib import Path

from sambench.external.run import Run, predict
from sambench.logs import job_log

with job_log(snakemake.log[0]):
    params, wildcards = snakemake.params, snakemake.wildcards
    data = snakemake.input.data  # none where nothing is trained
    run = Run(
        params.recipe,
        {k: wildcards[k] for k in ("benchmark", "method", "source", "seed")},
        Path(params.work),
        Path(data[0]) / params.dataset if data else None,
        params.kind,
        snakemake.threads,
    )
    predict(run, Path(snakemake.input.images), Path(snakemake.output.masks))
