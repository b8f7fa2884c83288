"""List and check the cases of one data set."""

from pathlib import Path

from sambench.data.inventory import build_inventory, write_inventory
from sambench.data.published import check_published
from sambench.logs import job_log

with job_log(snakemake.log[0]):
    inventory = build_inventory(
        snakemake.wildcards.dataset,
        Path(snakemake.input.root),
        snakemake.params.options,
    )
    if snakemake.params.published is not None:
        check_published(
            inventory, snakemake.params.published, snakemake.params.complete
        )
    write_inventory(inventory, Path(snakemake.output.inventory))
