from sambench.embed.use import embedding_of

EMBEDDINGS = "<results>/embeddings/{benchmark}/{domain}/{backbone}_{side}.npy"


def embeddings_of(wildcards, domains):
    """The embeddings of domains, where a run's encoder is frozen and shared."""
    shared = embedding_of(recipe_of(wildcards))
    if shared is None:
        return []
    backbone, side = shared
    return expand(
        EMBEDDINGS,
        benchmark=wildcards.benchmark,
        domain=domains,
        backbone=backbone,
        side=side,
    )


def source_embeddings(wildcards):
    """The embeddings of every domain of a source."""
    benchmark = SETTINGS.benchmarks[wildcards.benchmark]
    return embeddings_of(wildcards, source_domains(benchmark, wildcards.source))


def target_embeddings(wildcards):
    """The embeddings of a target."""
    return embeddings_of(wildcards, [wildcards.target])


rule embed:
    "Encode every slice of one domain once, for all methods with this frozen encoder."
    input:
        slices="<results>/packed/{benchmark}/{domain}/slices.parquet",
        backbone=lambda wildcards: weights_of(wildcards.backbone),
    output:
        embeddings=EMBEDDINGS,
    log:
        "<results>/logs/embed/{benchmark}/{domain}/{backbone}_{side}.log",
    benchmark:
        "<results>/benchmarks/embed/{benchmark}/{domain}/{backbone}_{side}.tsv"
    wildcard_constraints:
        backbone="[a-z][a-z0-9_]*?",
        side=r"\d+",
    conda:
        "../../envs/torch.yaml"
    threads: 8
    resources:
        gpu=1,
    script:
        "../scripts/embed.py"
