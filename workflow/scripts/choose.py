"""Choose among the candidate weights of one run by their Dice on some cases."""

from pathlib import Path

import numpy as np

from sambench.data.packed import PackedSlices
from sambench.data.validation import validation_rows
from sambench.embed.use import open_all
from sambench.logs import job_log
from sambench.metrics.selection import case_dices, write_choice
from sambench.predict.target import predict_target

with job_log(snakemake.log[0]):
    params, backbone = snakemake.params, snakemake.input.backbone
    domains = [PackedSlices(Path(path).parent) for path in snakemake.input.slices]
    embeddings = open_all(snakemake.input.embeddings) or [None] * len(domains)
    if params.cases == "validation":
        rows = validation_rows(domains, params.selection["validation"])
    else:
        rows = [domain.rows("test") for domain in domains]
    parts = [
        part for part in zip(domains, rows, embeddings, strict=True) if part[1].size
    ]
    dices = {}
    for epoch in params.selection["epochs"]:
        found = []
        for domain, chosen, encoded in parts:
            predictions = predict_target(
                params.recipe,
                domain,
                Path(snakemake.input.candidates),
                snakemake.threads,
                backbone=Path(backbone[0]) if backbone else None,
                embeddings=encoded,
                epoch=epoch,
                rows=chosen,
            )
            found += case_dices(domain, predictions)
        dices[epoch] = float(np.nanmean(found))
    write_choice(snakemake.output.choice, dices)
