"""Segment every test slice of one target with one run."""

from pathlib import Path

from sambench.data.packed import PackedSlices
from sambench.data.predictions import save_predictions
from sambench.embed.use import open_all
from sambench.logs import job_log
from sambench.metrics.checkpoints import read_choice
from sambench.predict.target import build_predictor, predict_target

with job_log(snakemake.log[0]):
    packed = PackedSlices(Path(snakemake.input.slices).parent)
    options = {}  # what a control does not have, it is not given
    if snakemake.input.weights:
        options["weights"] = Path(snakemake.input.weights[0])
    if snakemake.input.backbone:
        options["backbone"] = Path(snakemake.input.backbone[0])
    if snakemake.input.choice:
        options["epoch"] = read_choice(snakemake.input.choice[0])
    predictor = build_predictor(
        snakemake.params.recipe,
        structures=list(packed.structures),
        threads=snakemake.threads,
        **options,
    )
    cached = open_all(snakemake.input.embeddings) or [None]
    predictions = predict_target(predictor, packed, cached[0])
    save_predictions(Path(snakemake.output.predictions), predictions)
