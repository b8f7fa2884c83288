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
    conda:
        "../../envs/torch.yaml"
    threads: prediction_threads
    resources:
        gpu=prediction_gpus,
    params:
        recipe=prediction_recipe,
    script:
        "../scripts/predict.py"


rule adopt:
    "Take the user's own masks as the predictions of a method that reads files."
    input:
        slices="<results>/packed/{benchmark}/{target}/slices.parquet",
        folder=own_folder,
    output:
        predictions="<results>/predictions/{benchmark}/{method}/{source}/seed{seed}/{target}.npz",
    log:
        "<results>/logs/adopt/{benchmark}/{method}/{source}/seed{seed}/{target}.log",
    wildcard_constraints:
        method="|".join(file_methods()) or "no_such_method",
    conda:
        "../../envs/data.yaml"
    params:
        folder=own_folder,
        dataset=target_dataset,
    script:
        "../scripts/adopt.py"


ruleorder: adopt > predict


rule score:
    "Score the predictions of one run on one target, case by case."
    input:
        slices="<results>/packed/{benchmark}/{target}/slices.parquet",
        predictions="<results>/predictions/{benchmark}/{method}/{source}/seed{seed}/{target}.npz",
    output:
        scores="<results>/scores/{benchmark}/{method}/{source}/seed{seed}/{target}.parquet",
    log:
        "<results>/logs/score/{benchmark}/{method}/{source}/seed{seed}/{target}.log",
    conda:
        "../../envs/tables.yaml"
    params:
        tolerance=lookup("{benchmark}/nsd_tolerance", within=SETTINGS.benchmarks),
        views=scored_views,
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
