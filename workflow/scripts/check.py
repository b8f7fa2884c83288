"""Check the cases of one group of a data set, and record the files they are in."""

from pathlib import Path

from sambench.data.data_version import recorded, write_record
from sambench.data.datasets import find_dataset
from sambench.data.findings import write_findings
from sambench.data.inventory import cases_of, check_cases, write_inventory
from sambench.logs import job_log

with job_log(snakemake.log[0]):
    root, params = Path(snakemake.input.root), snakemake.params
    dataset = find_dataset(snakemake.wildcards.dataset, params.description)
    cases, group = dataset.find_cases(root, **params.options), snakemake.wildcards.group
    # Before the files are read: what changes from now on is noticed next time.
    record = recorded(root, cases, group, params.version)
    inventory, findings = check_cases(dataset, cases_of(group, cases, root), root)
    write_inventory(inventory, Path(snakemake.output.inventory))
    write_findings(findings, Path(snakemake.output.findings))
    write_record(record, Path(params.record))
