"""Join the checked groups of one data set, and list what the checks found."""

from pathlib import Path

import pandas as pd

from sambench.data.case_checks import passed_checks
from sambench.data.findings import write_findings
from sambench.data.inventory import read_inventory, write_inventory
from sambench.data.layouts import find_layout
from sambench.data.listing import list_cases
from sambench.data.published import published_findings, report_warnings
from sambench.logs import job_log

with job_log(snakemake.log[0]):
    params = snakemake.params
    layout = find_layout(snakemake.wildcards.dataset, params.description)
    groups = [read_inventory(Path(path)) for path in snakemake.input.groups]
    inventory = pd.concat(groups, ignore_index=True)
    listed = list_cases(Path(snakemake.input.root), layout, params.options)
    findings = published_findings(inventory, params.published, listed)
    report_warnings(findings, params.complete)
    findings += passed_checks(inventory, layout)
    write_inventory(inventory, Path(snakemake.output.inventory))
    write_findings(findings, Path(snakemake.output.findings))
