"""Pack the slices of one domain."""

from pathlib import Path

from sambench.data.inventory import read_inventory
from sambench.data.packing import pack_domain
from sambench.logs import job_log

with job_log(snakemake.log[0]):
    pack_domain(
        read_inventory(Path(snakemake.input.inventory)),
        Path(snakemake.input.root),
        snakemake.params.benchmark,
        snakemake.wildcards.domain,
        Path(snakemake.output.slices).parent,
        data_source=snakemake.params.data_source,
        image_size=snakemake.params.image_size,
        split_file=snakemake.input.get("split") or None,
        description=snakemake.params.description,
    )
