"""Other programs: their data, trainings and predictions. docs/external_programs.md."""


rule external_data:
    "Write the cases of one source as files, in the form of nnU-Net's raw data sets."
    input:
        unpack(files_of_domain("source")),
    output:
        data=directory("<results>/external/{program}/{benchmark}/{source}/data"),
    log:
        "<results>/logs/external_data/{program}/{benchmark}/{source}.log",
    conda:
        "../../envs/data.yaml"
    params:
        dataset=source_dataset,
        domain=described("source"),
        description=own_of("source"),
        validation=SETTINGS.config["selection"]["validation"],
    script:
        "../scripts/external_data.py"


rule external_images:
    "Write the images of one target as files."
    input:
        unpack(files_of_domain("target")),
    output:
        images=directory("<results>/external/{program}/{benchmark}/images/{target}"),
    log:
        "<results>/logs/external_images/{program}/{benchmark}/{target}.log",
    conda:
        "../../envs/data.yaml"
    params:
        domain=described("target"),
        description=own_of("target"),
    script:
        "../scripts/external_images.py"


rule external_train:
    "Train another program on one source; goes on with a training that was stopped."
    input:
        data=program_data,
    output:
        record="<results>/runs/{benchmark}/{method}/{source}/seed{seed}/run.json",
    log:
        "<results>/logs/train/{benchmark}/{method}/{source}/seed{seed}.log",
    benchmark:
        "<results>/benchmarks/train/{benchmark}/{method}/{source}/seed{seed}.tsv"
    wildcard_constraints:
        method=one_of(methods_by("external")),
    conda:
        program_environment
    threads: run_threads
    resources:
        gpu=run_gpus,
    params:
        recipe=program_recipe,
        dataset=source_dataset,
        work=training_folder,
        kind=benchmark_kind,
    script:
        "../scripts/external_train.py"


rule external_predict:
    "Segment the images of one target with another program."
    input:
        images=program_images,
        data=program_data,
        record=program_record,
    output:
        masks=directory(
            "<results>/external/{program}/{benchmark}/{source}/{method}/seed{seed}/masks/{target}"
        ),
    log:
        "<results>/logs/predict/{benchmark}/{method}/{source}/seed{seed}/{target}.{program}.log",
    benchmark:
        "<results>/benchmarks/predict/{benchmark}/{method}/{source}/seed{seed}/{target}.{program}.tsv"
    wildcard_constraints:
        method=one_of(methods_by("external")),
    conda:
        program_environment
    threads: run_threads
    resources:
        gpu=run_gpus,
    params:
        recipe=program_recipe,
        dataset=lambda wildcards, input: source_dataset(wildcards) if input.data else "",
        work=prediction_folder,
        kind=benchmark_kind,
    script:
        "../scripts/external_predict.py"


use rule adopt as external_adopt with:
    input:
        slices="<results>/packed/{benchmark}/{target}/slices.parquet",
        masks=program_masks,
    log:
        "<results>/logs/adopt/{benchmark}/{method}/{source}/seed{seed}/{target}.log",
    wildcard_constraints:
        method=one_of(methods_by("external")),
    params:
        folder=lambda wildcards, input: input.masks,
        coded=True,
