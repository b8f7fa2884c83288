rule choose:
    "Choose among the weights of one run: by held-out source cases, or by a target."
    input:
        slices=RUNS.choosing_slices,
        candidates=paths.CANDIDATES,
        backbone=RUNS.backbone,
        embeddings=RUNS.choosing_embeddings,
    output:
        choice=paths.CHOICE,
    log:
        log_of("choose", paths.RUN, "{checkpoint}", "{chosen_on}"),
    benchmark:
        timing_of("choose", paths.RUN, "{checkpoint}", "{chosen_on}")
    conda:
        "../../envs/torch.yaml"
    threads: RUNS.threads
    resources:
        gpu=RUNS.gpus,
    params:
        recipe=RUNS.prediction_recipe,
        checkpoints=RUNS.checkpoints,
    script:
        "../scripts/choose.py"


rule predict:
    "Segment every test slice of one target with some weights of one run."
    input:
        slices=paths.TARGET_SLICES,
        weights=RUNS.weights,
        choice=RUNS.choice,
        backbone=RUNS.backbone,
        embeddings=RUNS.target_embeddings,
    output:
        predictions=paths.PREDICTIONS,
    log:
        log_of("predict", paths.PAIR),
    benchmark:
        timing_of("predict", paths.PAIR)
    wildcard_constraints:
        method=none_of(RUNS.by_predictor("external", "files")),
    conda:
        RUNS.network_environment
    threads: RUNS.threads
    resources:
        gpu=RUNS.gpus,
    params:
        recipe=RUNS.prediction_recipe,
    script:
        "../scripts/predict.py"


rule adopt:
    "Take the user's own masks as the predictions of a method that reads files."
    input:
        slices=paths.TARGET_SLICES,
        masks=RUNS.masks,
    output:
        predictions=paths.PREDICTIONS,
    log:
        log_of("adopt", paths.PAIR),
    wildcard_constraints:
        method=one_of(RUNS.by_predictor("files")),
    conda:
        "../../envs/data.yaml"
    params:
        folder=RUNS.masks_folder,
        version=RUNS.masks_version,
        dataset=lambda w: RUNS.domain(w)["dataset"],
        description=RUNS.site,
        coded=False,
    script:
        "../scripts/adopt.py"


rule score:
    "Score the predictions of one run on one target, case by case."
    input:
        slices=paths.TARGET_SLICES,
        predictions=RUNS.predictions,
    output:
        scores=paths.PAIR_SCORES,
    log:
        log_of("score", paths.PAIR),
    conda:
        "../../envs/tables.yaml"
    params:
        tolerance=lambda w: SETTINGS.benchmarks[w.benchmark]["nsd_tolerance"],
        views=OUTPUTS.scored_views,
    script:
        "../scripts/score.py"


rule collect:
    "Join the scores of one benchmark into the one table that everything else is made of."
    input:
        scores=OUTPUTS.scores,
    output:
        scores=paths.SCORES,
    log:
        log_of("collect", "{benchmark}"),
    conda:
        "../../envs/tables.yaml"
    script:
        "../scripts/collect.py"
