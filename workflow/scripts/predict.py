"""Segment every test slice of one target with one run."""

from pathlib import Path

from sambench.data.packed import PackedSlices
from sambench.embed.use import open_all
from sambench.logs import job_log
from sambench.metrics.selection import read_choice
from sambench.predict.store import save_predictions
from sambench.predict.target import predict_target

with job_log(snakemake.log[0]):
    weights = snakemake.input.weights  # none where nothing is trained
    backbone = snakemake.input.backbone  # none where the network has none
    embeddings = open_all(snakemake.input.embeddings)
    choice = snakemake.input.get("choice")  # none where the last weights are tested
    predictions = predict_target(
        snakemake.params.recipe,
        PackedSlices(Path(snakemake.input.slices).parent),
        Path(weights[0]) if weights else None,
        snakemake.threads,
        backbone=Path(backbone[0]) if backbone else None,
        embeddings=embeddings[0] if embeddings else None,
        epoch=read_choice(choice) if choice else None,
    )
    save_predictions(Path(snakemake.output.predictions), predictions)
