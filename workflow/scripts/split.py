"""Write the split of one data set."""

from pathlib import Path

from sambench.data.datasets import find_dataset
from sambench.data.listing import list_cases
from sambench.data.split_files import write_split
from sambench.data.splits import assign_splits
from sambench.logs import job_log

with job_log(snakemake.log[0]):
    params = snakemake.params
    dataset = find_dataset(snakemake.wildcards.dataset, params.description)
    listed = list_cases(Path(snakemake.input.root), dataset, params.options)
    split = assign_splits(listed, params.rule)
    write_split(listed, split, Path(snakemake.output.split))
