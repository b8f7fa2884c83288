"""Write the images of one benchmark's cases, with the outlines of every method."""

from pathlib import Path

from sambench.gallery.write import write_gallery
from sambench.logs import job_log
from sambench.metrics.scores_file import read_scores
from sambench.tables.context import Context

with job_log(snakemake.log[0]):
    found, params, output = snakemake.input, snakemake.params, snakemake.output
    scores = read_scores(found.scores)
    predictions = {}
    for (target, run), path in zip(params.runs, found.predictions, strict=True):
        predictions.setdefault(target, {})[run] = Path(path)
    write_gallery(
        scores[scores["seed"] == 1],
        Context(**params.context),
        Path(found.slices[0]).parents[1],
        predictions,
        params.turned,
        Path(output.record),
        Path(output.folder),
    )
