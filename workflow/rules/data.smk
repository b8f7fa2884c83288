rule phantom:
    "Draw the synthetic archive of one data set, laid out like the real download."
    output:
        archive=paths.ARCHIVE,
    log:
        log_of("phantom", "{dataset}.{archive}"),
    benchmark:
        timing_of("phantom", "{dataset}.{archive}")
    conda:
        "../../envs/data.yaml"
    params:
        phantoms=SETTINGS.config["phantoms"],
    script:
        "../scripts/phantom.py"


rule fetch:
    "Download, verify and unpack one data set of config/datasets.yaml."
    output:
        root=directory(paths.DATA),
    log:
        log_of("fetch", "{dataset}"),
    benchmark:
        timing_of("fetch", "{dataset}")
    wildcard_constraints:
        dataset=one_of(SETTINGS.fetched()),
    conda:
        "../../envs/data.yaml"
    params:
        names=lambda w: SETTINGS.files_of(w.dataset),
        accepted=lambda w: SETTINGS.accepted(w.dataset),
        mirror=SETTINGS.config["mirror"],
        hashes=SETTINGS.config["hashes"],
        keep_archives=SETTINGS.config["keep_archives"],
    script:
        "../scripts/fetch.py"


rule unpack:
    "Unpack one archive, synthetic or given, into a folder that appears whole."
    input:
        archive=DATA.archive,
    output:
        root=directory(paths.DATA),
    log:
        log_of("unpack", "{dataset}"),
    wildcard_constraints:
        dataset=one_of(set(SETTINGS.datasets()) - set(SETTINGS.fetched())),
    conda:
        "../../envs/data.yaml"
    script:
        "../scripts/unpack.py"


rule check:
    "Check every image and mask of one group of a data set, and record their files."
    input:
        root=watched(DATA.dataset_root),
    output:
        inventory=paths.GROUP_INVENTORY,
        findings=paths.GROUP_FINDINGS,
    log:
        log_of("check", "{dataset}/{group}"),
    benchmark:
        timing_of("check", "{dataset}/{group}")
    conda:
        "../../envs/data.yaml"
    params:
        options=lambda w: DATA.options(w.dataset),
        description=lambda w: SETTINGS.own_site(w.dataset, w.group),
        version=DATA.group_version,
        record=DATA.files_record,
    script:
        "../scripts/check.py"


rule inventory:
    "List the cases of one data set, and what the checks found."
    input:
        root=watched(DATA.dataset_root),
        groups=lambda w: DATA.groups(w, paths.GROUP_INVENTORY),
        findings=lambda w: DATA.groups(w, paths.GROUP_FINDINGS),
        facts=DATA.known_counts,
    output:
        inventory=report(
            paths.INVENTORY,
            caption="../report/inventory.rst",
            category="Data",
            labels={"data set": "{dataset}", "what": "inventory of cases"},
        ),
        findings=report(
            paths.FINDINGS,
            caption="../report/findings.rst",
            category="Data",
            labels={"data set": "{dataset}", "what": "findings of the checks"},
        ),
    log:
        log_of("inventory", "{dataset}"),
    conda:
        "../../envs/data.yaml"
    params:
        options=lambda w: DATA.options(w.dataset),
        description=lambda w: SETTINGS.own.get(w.dataset),
        published=DATA.published_counts,
        complete=SETTINGS.config["complete_sets"],
        cases=lambda w: DATA.list_version(w.dataset),
        records=DATA.files_records,
    script:
        "../scripts/inventory.py"


rule split:
    "Write which cases train and which test, to be kept in config/splits."
    input:
        root=watched(DATA.dataset_root),
    output:
        split=paths.SPLIT,
    log:
        log_of("split", "{benchmark}/{dataset}"),
    conda:
        "../../envs/data.yaml"
    params:
        rule=lambda w: DATA.benchmark(w)["split"],
        options=lambda w: DATA.options(w.dataset),
        description=lambda w: SETTINGS.own.get(w.dataset),
        cases=lambda w: DATA.list_version(w.dataset),
    script:
        "../scripts/split.py"


rule pack:
    "Pack the slices of one domain into memory-mapped arrays with a table beside them."
    input:
        root=watched(DATA.domain_root),
        inventory=DATA.domain_inventory,
        complete=DATA.complete_inventory,
        split=DATA.committed_split,
    output:
        slices=paths.SLICES,
        images=f"{paths.PACKED}/images.npy",
        masks=f"{paths.PACKED}/masks.npy",
        native_masks=f"{paths.PACKED}/native_masks.npz",
        domain=f"{paths.PACKED}/domain.json",
    log:
        log_of("pack", "{benchmark}/{domain}"),
    benchmark:
        timing_of("pack", "{benchmark}/{domain}")
    conda:
        "../../envs/data.yaml"
    params:
        benchmark=DATA.packing_part,
        data_source=DATA.domain_source,
        image_size=lambda w: SETTINGS.image_size(w.benchmark),
        options=DATA.domain_options,
        description=DATA.domain_description,
        version=DATA.domain_version,
    script:
        "../scripts/pack.py"


rule splits:
    "Only the splits, in the form of config/splits."
    input:
        splits=DATA.all_splits(),
