"""Write the split of one data set."""

from pathlib import Path

from sambench.data.inventory import read_inventory
from sambench.data.split_files import write_split
from sambench.data.splits import assign_splits
from sambench.logs import job_log

with job_log(snakemake.log[0]):
    inventory = read_inventory(Path(snakemake.input.inventory))
    split = assign_splits(inventory, snakemake.params.rule)
    write_split(inventory, split, Path(snakemake.output.split))
