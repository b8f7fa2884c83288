"""Write the cases of a source as files that another program is trained on."""

from pathlib import Path

from sambench.atomic import atomic_path
from sambench.data.datasets import find_dataset
from sambench.data.inventory import read_inventory
from sambench.data.packed import PackedSlices
from sambench.external.dataset import write_training_data
from sambench.logs import job_log

with job_log(snakemake.log[0]), atomic_path(snakemake.output.data) as temporary:
    domain = snakemake.params.domain
    write_training_data(
        temporary / snakemake.params.dataset,
        PackedSlices(Path(snakemake.input.slices).parent),
        read_inventory(Path(snakemake.input.inventory)),
        Path(snakemake.input.root),
        find_dataset(domain["dataset"], snakemake.params.description),
        domain,
        snakemake.params.validation,
    )
