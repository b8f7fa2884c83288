"""Draw one synthetic archive."""

from pathlib import Path

from sambench.logs import job_log
from sambench.phantoms import write_phantom

with job_log(snakemake.log[0]):
    write_phantom(
        snakemake.wildcards.dataset,
        Path(snakemake.output.archive),
        **snakemake.params.phantoms,
    )
