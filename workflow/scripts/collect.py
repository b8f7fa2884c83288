"""Join the scores of one benchmark."""

from sambench.logs import job_log
from sambench.metrics.scores_file import read_many, write_scores

with job_log(snakemake.log[0]):
    write_scores(snakemake.output.scores, read_many(snakemake.input.scores))
