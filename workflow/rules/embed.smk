rule embed:
    "Encode every slice of one domain once, for all methods in which this is frozen."
    input:
        slices="<results>/packed/{benchmark}/{domain}/slices.parquet",
        backbone=lambda wildcards: weights_of(wildcards.backbone),
    output:
        embeddings=EMBEDDINGS,
    log:
        "<results>/logs/embed/{benchmark}/{domain}/{network}.{backbone}.{side}.log",
    benchmark:
        "<results>/benchmarks/embed/{benchmark}/{domain}/{network}.{backbone}.{side}.tsv"
    wildcard_constraints:
        network=r"[A-Za-z_][\w.:]*",  # of the user's own: package.module:attribute
        backbone="[a-z][a-z0-9_]*",
        side=r"\d+",
    conda:
        "../../envs/torch.yaml"
    threads: lambda w: 1 if int(w.side) <= SMALL_SIDE else 8
    resources:
        gpu=int(workflow.non_local_exec or has_gpu()),
    params:
        code=network_code,
    script:
        "../scripts/embed.py"
