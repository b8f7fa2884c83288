"""Train one method on one source with one seed."""

from pathlib import Path

from sambench.data.packed import PackedSlices
from sambench.embed.use import open_all
from sambench.logs import job_log
from sambench.models.sam.digest import digest
from sambench.train.resume import ResumeState, key_of
from sambench.train.run_folder import write_run
from sambench.train.trainer import train

with job_log(snakemake.log[0]):
    wildcards, recipe = snakemake.wildcards, snakemake.params.recipe
    seed, threads = int(wildcards.seed), snakemake.threads
    domains = [PackedSlices(Path(path).parent) for path in snakemake.input.slices]
    data = {domain.folder.name: domain.digest() for domain in domains}
    backbone = Path(snakemake.input.backbone[0]) if snakemake.input.backbone else None
    selection = snakemake.params.selection
    key = key_of(
        recipe=recipe,
        data=data,
        seed=seed,
        backbone=backbone and digest(backbone),
        selection=selection,
    )
    resume = ResumeState(Path(snakemake.params.resume), key)
    trained = train(
        recipe,
        domains,
        seed=seed,
        threads=threads,
        resume=resume,
        name="/".join([wildcards.benchmark, wildcards.method, wildcards.source]),
        backbone=backbone,
        embeddings=open_all(snakemake.input.embeddings),
        candidates=selection["epochs"],
        validation=selection["validation"],
    )
    write_run(
        trained,
        weights=Path(snakemake.output.weights),
        candidates=Path(snakemake.output.candidates),
        history=Path(snakemake.output.history),
        record=Path(snakemake.output.record),
        recipe=recipe,
        data=data,
        seed=seed,
        threads=threads,
        backbone=backbone,
    )
    resume.delete()
