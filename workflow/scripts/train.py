"""Train one method on one source with one seed."""

from pathlib import Path

from sambench.logs import job_log
from sambench.train.job import TrainingJob, run_job

with job_log(snakemake.log[0]):
    wildcards, checkpoints = snakemake.wildcards, snakemake.params.checkpoints
    job = TrainingJob(
        name="/".join([wildcards.benchmark, wildcards.method, wildcards.source]),
        recipe=snakemake.params.recipe,
        domains=[str(Path(path).parent) for path in snakemake.input.slices],
        seed=int(wildcards.seed),
        threads=snakemake.threads,
        resume=snakemake.params.resume,
        folder=str(Path(snakemake.output.weights).parent),
        backbone=next(iter(snakemake.input.backbone), None),
        embeddings=list(snakemake.input.embeddings),
        candidates=checkpoints["epochs"],
        validation=checkpoints["validation"],
    )
    run_job(job, processes=snakemake.resources.get("gpu", 1))
