"""Join the checked groups of one data set, and list what the checks found."""

from pathlib import Path

import pandas as pd

from sambench.data.case_checks import passed_checks
from sambench.data.copies import copies_finding, patients_finding
from sambench.data.datasets import find_dataset
from sambench.data.findings import read_findings, write_findings
from sambench.data.fingerprint import voxel_finding
from sambench.data.inventory import read_inventory, write_inventory
from sambench.data.listing import table_of
from sambench.data.published import published_findings, report_warnings
from sambench.data.unused import unused_files
from sambench.logs import job_log

with job_log(snakemake.log[0]):
    name, params = snakemake.wildcards.dataset, snakemake.params
    root = Path(snakemake.input.root)
    dataset = find_dataset(name, params.description)
    groups = [read_inventory(Path(path)) for path in snakemake.input.groups]
    inventory = pd.concat(groups, ignore_index=True)
    cases = dataset.find_cases(root, **params.options)
    published = published_findings(
        inventory, params.published, table_of(cases, dataset)
    )
    if facts := snakemake.input.get("facts"):
        published.append(voxel_finding(inventory, Path(facts)))
    report_warnings(published, params.complete)
    findings = [f for path in snakemake.input.findings for f in read_findings(path)]
    findings += copies_finding(name, cases, map(Path, params.records))
    findings += patients_finding(name, cases) if params.description else []
    findings += unused_files(name, root, cases)
    findings += published + passed_checks(inventory, dataset)
    write_inventory(inventory, Path(snakemake.output.inventory))
    write_findings(findings, Path(snakemake.output.findings))
