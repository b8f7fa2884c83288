rule predict:
    "Segment every test slice of one target with one run."
    input:
        slices="<results>/packed/{benchmark}/{target}/slices.parquet",
        weights=run_weights,
        backbone=run_backbone,
        embeddings=target_embeddings,
    output:
        predictions="<results>/predictions/{benchmark}/{method}/{source}/seed{seed}/{target}.npz",
    log:
        "<results>/logs/predict/{benchmark}/{method}/{source}/seed{seed}/{target}.log",
    benchmark:
        "<results>/benchmarks/predict/{benchmark}/{method}/{source}/seed{seed}/{target}.tsv"
    wildcard_constraints:
        method=none_of(methods_by("external", "files")),
    conda:
        network_environment
    threads: run_threads
    resources:
        gpu=run_gpus,
    params:
        recipe=prediction_recipe,
    script:
        "../scripts/predict.py"


rule adopt:
    "Take the user's own masks as the predictions of a method that reads files."
    input:
        slices="<results>/packed/{benchmark}/{target}/slices.parquet",
        masks=own_masks,
    output:
        predictions="<results>/predictions/{benchmark}/{method}/{source}/seed{seed}/{target}.npz",
    log:
        "<results>/logs/adopt/{benchmark}/{method}/{source}/seed{seed}/{target}.log",
    wildcard_constraints:
        method=one_of(methods_by("files")),
    conda:
        "../../envs/data.yaml"
    params:
        folder=own_folder,
        dataset=target_dataset,
        description=target_description,
        coded=False,
    script:
        "../scripts/adopt.py"


rule score:
    "Score the predictions of one run on one target, case by case."
    input:
        slices="<results>/packed/{benchmark}/{target}/slices.parquet",
        predictions=run_predictions,
    output:
        scores="<results>/scores/{benchmark}/{method}/{source}/seed{seed}/{target}.parquet",
    log:
        "<results>/logs/score/{benchmark}/{method}/{source}/seed{seed}/{target}.log",
    conda:
        "../../envs/tables.yaml"
    params:
        tolerance=lookup("{benchmark}/nsd_tolerance", within=SETTINGS.benchmarks),
        views=scored_views,
        selection=scored_selection,
    script:
        "../scripts/score.py"


rule collect:
    "Join the scores of one benchmark into the one table that everything else is made of."
    input:
        scores=benchmark_scores,
    output:
        scores="<results>/scores/{benchmark}.parquet",
    log:
        "<results>/logs/collect/{benchmark}.log",
    conda:
        "../../envs/tables.yaml"
    script:
        "../scripts/collect.py"


rule choose:
    "Choose among the weights of one run by the source cases that were held out."
    input:
        slices=source_slices,
        candidates="<results>/runs/{benchmark}/{method}/{source}/seed{seed}/candidates.safetensors",
        backbone=run_backbone,
        embeddings=source_embeddings,
    output:
        choice="<results>/runs/{benchmark}/{method}/{source}/seed{seed}/selection/best_on_source_validation.csv",
    log:
        "<results>/logs/choose/{benchmark}/{method}/{source}/seed{seed}/best_on_source_validation.log",
    benchmark:
        "<results>/benchmarks/choose/{benchmark}/{method}/{source}/seed{seed}/best_on_source_validation.tsv"
    conda:
        "../../envs/torch.yaml"
    threads: run_threads
    resources:
        gpu=run_gpus,
    params:
        recipe=prediction_recipe,
        selection=training_selection,
        cases="validation",
    script:
        "../scripts/choose.py"


use rule choose as choose_on_target with:
    input:
        slices=["<results>/packed/{benchmark}/{target}/slices.parquet"],
        candidates="<results>/runs/{benchmark}/{method}/{source}/seed{seed}/candidates.safetensors",
        backbone=run_backbone,
        embeddings=target_embeddings,
    output:
        choice="<results>/runs/{benchmark}/{method}/{source}/seed{seed}/selection/best_on_target/{target}.csv",
    log:
        "<results>/logs/choose/{benchmark}/{method}/{source}/seed{seed}/best_on_target/{target}.log",
    benchmark:
        "<results>/benchmarks/choose/{benchmark}/{method}/{source}/seed{seed}/best_on_target/{target}.tsv"
    params:
        cases="test",


use rule predict as predict_selected with:
    input:
        slices="<results>/packed/{benchmark}/{target}/slices.parquet",
        weights=[
            "<results>/runs/{benchmark}/{method}/{source}/seed{seed}/candidates.safetensors"
        ],
        choice=choice_of,
        backbone=run_backbone,
        embeddings=target_embeddings,
    output:
        predictions="<results>/predictions/{benchmark}/{method}/{source}/seed{seed}/{selection}/{target}.npz",
    log:
        "<results>/logs/predict/{benchmark}/{method}/{source}/seed{seed}/{selection}/{target}.log",
    benchmark:
        "<results>/benchmarks/predict/{benchmark}/{method}/{source}/seed{seed}/{selection}/{target}.tsv"


use rule score as score_selected with:
    input:
        slices="<results>/packed/{benchmark}/{target}/slices.parquet",
        predictions="<results>/predictions/{benchmark}/{method}/{source}/seed{seed}/{selection}/{target}.npz",
    output:
        scores="<results>/scores/{benchmark}/{method}/{source}/seed{seed}/{selection}/{target}.parquet",
    log:
        "<results>/logs/score/{benchmark}/{method}/{source}/seed{seed}/{selection}/{target}.log",
    params:
        selection="{selection}",
