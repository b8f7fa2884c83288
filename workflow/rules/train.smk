rule train:
    "Train one method on one source with one seed; resumes after an interruption."
    input:
        slices=DATA.source_slices,
        backbone=RUNS.backbone,
        embeddings=RUNS.source_embeddings,
    output:
        weights=paths.WEIGHTS,
        candidates=paths.CANDIDATES,
        history=paths.HISTORY,
        record=paths.RECORD,
    log:
        log_of("train", paths.RUN),
    benchmark:
        timing_of("train", paths.RUN)
    wildcard_constraints:
        method=none_of(RUNS.by_predictor("external")),
    priority: 1  # the longest jobs first
    conda:
        "../../envs/torch.yaml"
    threads: RUNS.threads
    resources:
        gpu=RUNS.gpus,
    params:
        recipe=RUNS.training_recipe,
        checkpoints=RUNS.checkpoints,
        # No output: Snakemake deletes those of a job that fails, and only those.
        resume=lambda w, output: str(Path(output.weights).with_name("resume.pt")),
    script:
        "../scripts/train.py"
