"""Pack the slices of one domain."""

from pathlib import Path

from sambench.data.datasets import find_dataset
from sambench.data.inventory import read_inventory
from sambench.data.listing import list_cases
from sambench.data.packing import pack_domain
from sambench.logs import job_log

with job_log(snakemake.log[0]):
    params, root = snakemake.params, Path(snakemake.input.root)
    domain = snakemake.wildcards.domain
    dataset = params.benchmark["domains"][domain]["dataset"]
    pack_domain(
        read_inventory(Path(snakemake.input.inventory)),
        root,
        params.benchmark,
        domain,
        Path(snakemake.output.slices).parent,
        data_source=params.data_source,
        image_size=params.image_size,
        split_file=snakemake.input.get("split") or None,
        description=params.description,
        listed=list_cases(
            root, find_dataset(dataset, params.description), params.options
        ),
    )
