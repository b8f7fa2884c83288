"""Choose among the candidate weights of one run by their Dice on some cases."""

from functools import partial
from pathlib import Path

from sambench.data.packed import PackedSlices
from sambench.data.validation import validation_rows
from sambench.embed.use import open_all
from sambench.logs import job_log
from sambench.metrics.selection import candidate_dices, write_choice
from sambench.predict.target import predict_target

with job_log(snakemake.log[0]):
    params, backbone = snakemake.params, snakemake.input.backbone
    domains = [PackedSlices(Path(path).parent) for path in snakemake.input.slices]
    embeddings = open_all(snakemake.input.embeddings) or [None] * len(domains)
    if params.cases == "validation":
        rows = validation_rows(domains, params.selection["validation"])
    else:
        rows = [domain.rows("test") for domain in domains]
    predict = partial(
        predict_target,
        params.recipe,
        weights=Path(snakemake.input.candidates),
        threads=snakemake.threads,
        backbone=Path(backbone[0]) if backbone else None,
    )
    parts = list(zip(domains, rows, embeddings, strict=True))
    dices = candidate_dices(params.selection["epochs"], parts, predict)
    write_choice(snakemake.output.choice, dices)
