"""Other programs: their data, trainings and predictions. docs/external_programs.md."""


rule external_data:
    "Write the cases of one source as files, in the form of nnU-Net's raw data sets."
    input:
        unpack(PROGRAMS.domain_files),
    output:
        data=directory(paths.PROGRAM_DATA),
    log:
        log_of("external_data", "{program}/{benchmark}/{source}"),
    conda:
        "../../envs/data.yaml"
    params:
        dataset=PROGRAMS.dataset_name,
        domain=PROGRAMS.domain,
        description=PROGRAMS.site,
        validation=SETTINGS.config["checkpoints"]["validation"],
    script:
        "../scripts/external_data.py"


rule external_images:
    "Write the images of one target as files."
    input:
        unpack(PROGRAMS.domain_files),
    output:
        images=directory(paths.PROGRAM_IMAGES),
    log:
        log_of("external_images", "{program}/{benchmark}/{target}"),
    conda:
        "../../envs/data.yaml"
    params:
        domain=PROGRAMS.domain,
        description=PROGRAMS.site,
    script:
        "../scripts/external_images.py"


rule external_train:
    "Train another program on one source; goes on with a training that was stopped."
    input:
        data=PROGRAMS.data,
    output:
        record=paths.RECORD,
    log:
        log_of("train", paths.RUN),
    benchmark:
        timing_of("train", paths.RUN)
    wildcard_constraints:
        method=one_of(RUNS.by_predictor("external")),
    priority: 1  # the longest jobs first
    conda:
        PROGRAMS.program_environment
    threads: RUNS.threads
    resources:
        gpu=RUNS.gpus,
    params:
        recipe=PROGRAMS.recipe_part,
        dataset=PROGRAMS.dataset_name,
        work=PROGRAMS.training_folder,
        kind=lambda w: PROGRAMS.benchmark(w)["kind"],
    script:
        "../scripts/external_train.py"


rule external_predict:
    "Segment the images of one target with another program."
    input:
        images=PROGRAMS.images,
        data=PROGRAMS.data,
        record=PROGRAMS.record,
    output:
        masks=directory(paths.PROGRAM_MASKS),
    log:
        log_of("predict", paths.RUN, "{target}.{program}"),
    benchmark:
        timing_of("predict", paths.RUN, "{target}.{program}")
    wildcard_constraints:
        method=one_of(RUNS.by_predictor("external")),
    conda:
        PROGRAMS.program_environment
    threads: RUNS.threads
    resources:
        gpu=RUNS.gpus,
    params:
        recipe=PROGRAMS.recipe_part,
        dataset=lambda w, input: PROGRAMS.dataset_name(w) if input.data else "",
        work=PROGRAMS.prediction_folder,
        kind=lambda w: PROGRAMS.benchmark(w)["kind"],
    script:
        "../scripts/external_predict.py"


use rule adopt as external_adopt with:
    input:
        slices=paths.TARGET_SLICES,
        masks=PROGRAMS.masks,
    log:
        log_of("adopt", paths.PAIR),
    wildcard_constraints:
        method=one_of(RUNS.by_predictor("external")),
    params:
        folder=lambda w, input: input.masks,
        version="",
        coded=True,
