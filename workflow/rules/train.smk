rule train:
    "Train one method on one source with one seed; resumes after an interruption."
    input:
        slices=source_slices,
        backbone=run_backbone,
        embeddings=source_embeddings,
    output:
        weights="<results>/runs/{benchmark}/{method}/{source}/seed{seed}/weights.safetensors",
        candidates="<results>/runs/{benchmark}/{method}/{source}/seed{seed}/candidates.safetensors",
        history="<results>/runs/{benchmark}/{method}/{source}/seed{seed}/history.csv",
        record="<results>/runs/{benchmark}/{method}/{source}/seed{seed}/run.json",
    log:
        "<results>/logs/train/{benchmark}/{method}/{source}/seed{seed}.log",
    benchmark:
        "<results>/benchmarks/train/{benchmark}/{method}/{source}/seed{seed}.tsv"
    wildcard_constraints:
        method=none_of(methods_by("external")),
    conda:
        "../../envs/torch.yaml"
    threads: run_threads
    resources:
        gpu=run_gpus,
    params:
        recipe=training_recipe,
        selection=training_selection,
        resume=resume_path,
    script:
        "../scripts/train.py"
