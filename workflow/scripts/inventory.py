"""List and check the cases of one data set, and say what the checks found."""

from pathlib import Path

from sambench.data.case_checks import passed_checks
from sambench.data.findings import write_findings
from sambench.data.inventory import build_inventory, write_inventory
from sambench.data.layouts import find_layout
from sambench.data.published import published_findings, report_warnings
from sambench.logs import job_log

with job_log(snakemake.log[0]):
    dataset = snakemake.wildcards.dataset
    description = snakemake.params.description
    inventory = build_inventory(
        dataset, Path(snakemake.input.root), snakemake.params.options, description
    )
    findings = published_findings(inventory, snakemake.params.published)
    report_warnings(findings, snakemake.params.complete)
    findings += passed_checks(inventory, find_layout(dataset, description))
    write_inventory(inventory, Path(snakemake.output.inventory))
    write_findings(findings, Path(snakemake.output.findings))
