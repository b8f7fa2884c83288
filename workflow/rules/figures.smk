rule heatmap:
    "Draw the mean Dice of every source-target pair under one protocol."
    input:
        scores="<results>/scores/{benchmark}.parquet",
    output:
        svg=report(
            "<results>/figures/{benchmark}/{protocol}/heatmap.svg",
            caption="../report/heatmap.rst",
            category="Figures",
            subcategory="{benchmark}",
            labels={"figure": "Dice by source and target", "protocol": "{protocol}"},
        ),
        png="<results>/figures/{benchmark}/{protocol}/heatmap.png",
    log:
        "<results>/logs/heatmap/{benchmark}/{protocol}.log",
    conda:
        "../../envs/tables.yaml"
    params:
        context=context_params,
    script:
        "../scripts/heatmap.py"


rule distributions:
    "Draw the Dice of every case by method under one protocol."
    input:
        scores="<results>/scores/{benchmark}.parquet",
    output:
        svg=report(
            "<results>/figures/{benchmark}/{protocol}/distributions.svg",
            caption="../report/distributions.rst",
            category="Figures",
            subcategory="{benchmark}",
            labels={"figure": "Dice of every case", "protocol": "{protocol}"},
        ),
        png="<results>/figures/{benchmark}/{protocol}/distributions.png",
    log:
        "<results>/logs/distributions/{benchmark}/{protocol}.log",
    conda:
        "../../envs/tables.yaml"
    params:
        context=context_params,
        ceiling=ceiling,
    script:
        "../scripts/distributions.py"


rule clicks:
    "Draw what methods score by the number of clicks under one protocol."
    input:
        scores="<results>/scores/{benchmark}.parquet",
    output:
        svg=report(
            "<results>/figures/{benchmark}/{protocol}/clicks.svg",
            caption="../report/clicks.rst",
            category="Figures",
            subcategory="{benchmark}",
            labels={"figure": "Dice by clicks", "protocol": "{protocol}"},
        ),
        png="<results>/figures/{benchmark}/{protocol}/clicks.png",
    log:
        "<results>/logs/clicks/{benchmark}/{protocol}.log",
    conda:
        "../../envs/tables.yaml"
    params:
        context=context_params,
    script:
        "../scripts/clicks.py"


rule gallery:
    "Write the images of one benchmark's cases with the outlines of every method."
    input:
        scores="<results>/scores/{benchmark}.parquet",
        slices=target_slices,
        predictions=shown_predictions,
    output:
        record="<results>/report_cases/{benchmark}.json",
        folder=directory("<results>/report_cases/{benchmark}"),
    log:
        "<results>/logs/gallery/{benchmark}.log",
    conda:
        "../../envs/report.yaml"
    params:
        context=first_context,
        runs=shown_runs,
        turned=turned_targets,
    script:
        "../scripts/gallery.py"


rule cost:
    "Draw Dice against trained parameters and training time."
    input:
        ranks=first_ranks,
        records=benchmark_records,
    output:
        svg=report(
            "<results>/figures/{benchmark}/cost.svg",
            caption="../report/cost.rst",
            category="Figures",
            subcategory="{benchmark}",
            labels={"figure": "Dice and what it costs", "protocol": "-"},
        ),
        png="<results>/figures/{benchmark}/cost.png",
    log:
        "<results>/logs/cost/{benchmark}.log",
    conda:
        "../../envs/tables.yaml"
    params:
        context=first_context,
    script:
        "../scripts/cost.py"


rule learning:
    "Draw the loss of every training of one benchmark."
    input:
        histories=benchmark_histories,
    output:
        svg=report(
            "<results>/figures/{benchmark}/learning.svg",
            caption="../report/learning.rst",
            category="Figures",
            subcategory="{benchmark}",
            labels={"figure": "learning curves", "protocol": "-"},
        ),
        png="<results>/figures/{benchmark}/learning.png",
    log:
        "<results>/logs/learning/{benchmark}.log",
    conda:
        "../../envs/tables.yaml"
    params:
        context=context_params,
    script:
        "../scripts/learning.py"
