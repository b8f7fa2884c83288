rule dice_figures:
    "Draw the Dice of every source-target pair and of every case under one protocol."
    input:
        scores=paths.SCORES,
    output:
        pairs=report(
            f"{paths.PROTOCOL_FIGURES}/heatmap.svg",
            caption="../scripts/sambench/report/assets/heatmap.rst",
            category="Figures",
            subcategory="{benchmark}",
            labels={"figure": "Dice by source and target", "protocol": "{protocol}"},
        ),
        cases=report(
            f"{paths.PROTOCOL_FIGURES}/distributions.svg",
            caption="../scripts/sambench/report/assets/distributions.rst",
            category="Figures",
            subcategory="{benchmark}",
            labels={"figure": "Dice of every case", "protocol": "{protocol}"},
        ),
        images=[
            f"{paths.PROTOCOL_FIGURES}/{figure}.png"
            for figure in ("heatmap", "distributions")
        ],
    log:
        log_of("dice_figures", "{benchmark}/{protocol}"),
    conda:
        "../../envs/tables.yaml"
    params:
        context=CONTEXTS.of,
        ceiling=CONTEXTS.ceiling,
    script:
        "../scripts/dice_figures.py"


rule clicks:
    "Draw what methods score by the number of clicks under one protocol."
    input:
        scores=paths.SCORES,
    output:
        svg=report(
            f"{paths.PROTOCOL_FIGURES}/clicks.svg",
            caption="../scripts/sambench/report/assets/clicks.rst",
            category="Figures",
            subcategory="{benchmark}",
            labels={"figure": "Dice by clicks", "protocol": "{protocol}"},
        ),
        png=f"{paths.PROTOCOL_FIGURES}/clicks.png",
    log:
        log_of("clicks", "{benchmark}/{protocol}"),
    conda:
        "../../envs/tables.yaml"
    params:
        context=CONTEXTS.of,
    script:
        "../scripts/clicks.py"


rule gallery:
    "Write the images of one benchmark's cases with the outlines of every method."
    input:
        scores=paths.SCORES,
        slices=OUTPUTS.target_slices,
        predictions=lambda w: list(RUNS.shown(w.benchmark).values()),
    output:
        record=f"{paths.GALLERY}.json",
        folder=directory(paths.GALLERY),
    log:
        log_of("gallery", "{benchmark}"),
    conda:
        "../../envs/report.yaml"
    params:
        context=CONTEXTS.first,
        runs=lambda w: list(RUNS.shown(w.benchmark)),
        turned=RUNS.turned_targets,
    script:
        "../scripts/gallery.py"


rule cost:
    "Draw Dice against trained parameters and training time."
    input:
        ranks=OUTPUTS.first_ranks,
        records=lambda w: RUNS.training_files(w.benchmark, paths.RECORD, True),
    output:
        svg=report(
            f"{paths.FIGURES}/cost.svg",
            caption="../scripts/sambench/report/assets/cost.rst",
            category="Figures",
            subcategory="{benchmark}",
            labels={"figure": "Dice and what it costs", "protocol": "-"},
        ),
        png=f"{paths.FIGURES}/cost.png",
    log:
        log_of("cost", "{benchmark}"),
    conda:
        "../../envs/tables.yaml"
    params:
        context=CONTEXTS.first,
    script:
        "../scripts/cost.py"


rule learning:
    "Draw the loss of every training of one benchmark."
    input:
        histories=lambda w: RUNS.training_files(w.benchmark, paths.HISTORY),
    output:
        svg=report(
            f"{paths.FIGURES}/learning.svg",
            caption="../scripts/sambench/report/assets/learning.rst",
            category="Figures",
            subcategory="{benchmark}",
            labels={"figure": "learning curves", "protocol": "-"},
        ),
        png=f"{paths.FIGURES}/learning.png",
    log:
        log_of("learning", "{benchmark}"),
    conda:
        "../../envs/tables.yaml"
    params:
        context=CONTEXTS.of,
    script:
        "../scripts/learning.py"
