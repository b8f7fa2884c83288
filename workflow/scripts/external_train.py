"""Train another program on one source; goes on with a training that was stopped."""

from pathlib import Path

from sambench.external.run import Run, train
from sambench.logs import job_log

with job_log(snakemake.log[0]):
    params, wildcards = snakemake.params, snakemake.wildcards
    run = Run(
        params.recipe,
        {k: wildcards[k] for k in ("benchmark", "method", "source", "seed")},
        Path(params.work),
        Path(snakemake.input.data[0]) / params.dataset,
        params.kind,
        snakemake.threads,
    )
    train(run, Path(snakemake.output.record))
