"""List and check the cases of one data set, and say what the checks found."""

from pathlib import Path

from sambench.data.case_checks import passed_checks
from sambench.data.findings import write_findings
from sambench.data.inventory import inspect_dataset, write_inventory
from sambench.data.layouts import find_layout
from sambench.data.published import published_findings, report_warnings
from sambench.logs import job_log

with job_log(snakemake.log[0]):
    dataset = snakemake.wildcards.dataset
    description = snakemake.params.description
    inventory, findings = inspect_dataset(
        dataset, Path(snakemake.input.root), snakemake.params.options, description
    )
    listed = published_findings(inventory, snakemake.params.published)
    report_warnings(listed, snakemake.params.complete)
    findings += listed + passed_checks(inventory, find_layout(dataset, description))
    write_inventory(inventory, Path(snakemake.output.inventory))
    write_findings(findings, Path(snakemake.output.findings))
