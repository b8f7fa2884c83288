"""Score the predictions of one run on one target."""

from pathlib import Path

from sambench.data.packed import PackedSlices
from sambench.data.predictions import load_predictions
from sambench.logs import job_log
from sambench.metrics.score import score_target
from sambench.metrics.scores_file import write_scores

with job_log(snakemake.log[0]):
    wildcards = snakemake.wildcards
    packed = PackedSlices(Path(snakemake.input.slices).parent)
    scores = score_target(
        packed,
        load_predictions(Path(snakemake.input.predictions)),
        {
            "benchmark": wildcards.benchmark,
            "method": wildcards.method,
            "source": wildcards.source,
            "target": wildcards.target,
            "seed": int(wildcards.seed),
            "selection": wildcards.checkpoint,
        },
        snakemake.params.tolerance,
        cases=packed.cases("test"),
        views=snakemake.params.views,
    )
    write_scores(snakemake.output.scores, scores)
