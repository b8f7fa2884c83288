"""Unpack one archive."""

from pathlib import Path

from sambench.data.archives import unpack
from sambench.logs import job_log

with job_log(snakemake.log[0]):
    unpack(Path(snakemake.input.archive), Path(snakemake.output.root))
