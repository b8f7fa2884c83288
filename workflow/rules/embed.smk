rule embed:
    "Encode every slice of one domain once, for all methods in which this is frozen."
    input:
        slices=paths.SLICES,
        backbone=lambda w: RUNS.weights_of(w.backbone),
    output:
        embeddings=paths.EMBEDDINGS,
    log:
        log_of("embed", "{benchmark}/{domain}/{network}.{backbone}.{side}"),
    benchmark:
        timing_of("embed", "{benchmark}/{domain}/{network}.{backbone}.{side}")
    wildcard_constraints:
        network=r"[A-Za-z_][\w.:]*",  # of the user's own: package.module:attribute
        backbone="[a-z][a-z0-9_]*",
        side=r"\d+",
    conda:
        "../../envs/torch.yaml"
    threads: lambda w: 1 if int(w.side) <= SMALL_SIDE else 8
    resources:
        gpu=lambda w: int(workflow.non_local_exec or has_gpu()),
    params:
        code=RUNS.network_code,
    script:
        "../scripts/embed.py"
