"""Fetch published weights of a backbone."""

from pathlib import Path

from sambench.fetch.weights import fetch_file
from sambench.logs import job_log

with job_log(snakemake.log[0]):
    fetch_file(Path(snakemake.output.weights), snakemake.params.mirror)
