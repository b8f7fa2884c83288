localrules:
    configuration,
    report,


rule configuration:
    "Keep the configuration that made these results, and how its scores are read."
    output:
        yaml=paths.CONFIG,
        documents=paths.DOCUMENTS,
    log:
        log_of("configuration"),
    conda:
        "../../envs/report.yaml"
    params:
        config=SETTINGS.given,
        documents=CONTEXTS.documents(),
    script:
        "../scripts/configuration.py"


rule report:
    "Gather every table and figure on one page that opens offline."
    input:
        documents=paths.DOCUMENTS,
        scores=expand(paths.SCORES, benchmark=SETTINGS.benchmarks),
        tables=OUTPUTS.all_tables(),
        comparisons=OUTPUTS.all_comparisons(),
        ranks=OUTPUTS.all_ranks().values(),
        figures=OUTPUTS.all_figures().values(),
        galleries=OUTPUTS.all_galleries().values(),
        records=RUNS.all_records(),
        inventories=DATA.of_all_datasets(paths.INVENTORY),
        findings=DATA.of_all_datasets(paths.FINDINGS),
    output:
        html=paths.REPORT,
    log:
        log_of("report"),
    conda:
        "../../envs/report.yaml"
    params:
        offers=SETTINGS.offers(),
        ranks=list(OUTPUTS.all_ranks()),
        figures=list(OUTPUTS.all_figures()),
        galleries=list(OUTPUTS.all_galleries()),
    script:
        "../scripts/report.py"
