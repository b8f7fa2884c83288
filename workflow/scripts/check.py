"""Check the cases of one group of a data set, and record the files they are in."""

from pathlib import Path

from sambench.data.data_version import recorded, write_record
from sambench.data.datasets import find_dataset
from sambench.data.findings import write_findings
from sambench.data.inventory import inspect_dataset, write_inventory
from sambench.logs import job_log

with job_log(snakemake.log[0]):
    dataset, group = snakemake.wildcards.dataset, snakemake.wildcards.group
    root, params = Path(snakemake.input.root), snakemake.params
    # Before the files are read: what changes from now on is noticed next time.
    cases = find_dataset(dataset, params.description).find_cases(root, **params.options)
    record = recorded(root, cases, group, params.version)
    inventory, findings = inspect_dataset(
        dataset, root, params.options, params.description, group
    )
    write_inventory(inventory, Path(snakemake.output.inventory))
    write_findings(findings, Path(snakemake.output.findings))
    write_record(record, Path(params.record))
