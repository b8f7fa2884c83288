localrules:
    configuration,
    report,


rule configuration:
    "Keep the configuration that made these results, and how its scores are read."
    output:
        yaml="<results>/config.yaml",
        documents="<results>/documents.json",
    log:
        "<results>/logs/configuration.log",
    conda:
        "../../envs/report.yaml"
    params:
        config=SETTINGS.given,
        documents=all_documents(),
    script:
        "../scripts/configuration.py"


rule report:
    "Gather every table and figure on one page that opens offline."
    input:
        config="<results>/config.yaml",
        scores=expand(
            "<results>/scores/{benchmark}.parquet", benchmark=SETTINGS.benchmarks
        ),
        tables=all_tables(),
        comparisons=all_comparisons(),
        ranks=all_ranks(),
        figures=all_figures(),
        galleries=all_galleries(),
        records=all_records(),
        inventories=all_inventories(),
        findings=all_findings(),
    output:
        html="<results>/report.html",
    log:
        "<results>/logs/report.log",
    conda:
        "../../envs/report.yaml"
    params:
        contexts={name: context_of(name) for name in SETTINGS.benchmarks},
        totals=domain_totals(),
        offers=domain_offers(),
        protocols=SETTINGS.protocols,
        recipes=SETTINGS.recipes,
    script:
        "../scripts/report.py"
