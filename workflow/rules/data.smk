rule phantom:
    "Draw the synthetic archive of one data set, laid out like the real download."
    output:
        archive="<results>/archives/{dataset}/{archive}",
    log:
        "<results>/logs/phantom/{dataset}.{archive}.log",
    benchmark:
        "<results>/benchmarks/phantom/{dataset}.{archive}.tsv"
    conda:
        "../../envs/data.yaml"
    params:
        phantoms=SETTINGS.config["phantoms"],
    script:
        "../scripts/phantom.py"


rule fetch:
    "Download, verify and unpack one data set of config/datasets.yaml."
    output:
        root=directory("<results>/data/{dataset}"),
    log:
        "<results>/logs/fetch/{dataset}.log",
    benchmark:
        "<results>/benchmarks/fetch/{dataset}.tsv"
    wildcard_constraints:
        dataset=one_of(SETTINGS.fetched()),
    conda:
        "../../envs/data.yaml"
    params:
        names=files_to_fetch,
        accepted=terms_accepted,
        mirror=SETTINGS.config["mirror"],
        hashes=SETTINGS.config["hashes"],
        keep_archives=SETTINGS.config["keep_archives"],
    script:
        "../scripts/fetch.py"


rule unpack:
    "Unpack one archive, synthetic or given, into a folder that appears whole."
    input:
        archive=archive_of,
    output:
        root=directory("<results>/data/{dataset}"),
    log:
        "<results>/logs/unpack/{dataset}.log",
    wildcard_constraints:
        dataset=one_of(set(SETTINGS.datasets()) - set(SETTINGS.fetched())),
    conda:
        "../../envs/data.yaml"
    script:
        "../scripts/unpack.py"


rule check:
    "Check every image and mask of one group of a data set, and record their files."
    input:
        root=dataset_root,
    output:
        inventory="<results>/inventory/{dataset}/{group}.csv",
        findings="<results>/inventory/{dataset}/{group}.findings.csv",
    log:
        "<results>/logs/check/{dataset}/{group}.log",
    benchmark:
        "<results>/benchmarks/check/{dataset}/{group}.tsv"
    conda:
        "../../envs/data.yaml"
    params:
        options=dataset_options,
        description=group_description,
        version=group_version,
        record=files_record,
    script:
        "../scripts/check.py"


rule inventory:
    "List the cases of one data set, and what the checks found."
    input:
        root=dataset_root,
        groups=checked_groups,
        findings=found_in_groups,
        facts=known_counts,
    output:
        inventory=report(
            "<results>/inventory/{dataset}.csv",
            caption="../report/inventory.rst",
            category="Data",
            labels={"data set": "{dataset}", "what": "inventory of cases"},
        ),
        findings=report(
            "<results>/inventory/{dataset}.findings.csv",
            caption="../report/findings.rst",
            category="Data",
            labels={"data set": "{dataset}", "what": "findings of the checks"},
        ),
    log:
        "<results>/logs/inventory/{dataset}.log",
    conda:
        "../../envs/data.yaml"
    params:
        options=dataset_options,
        description=own_description,
        published=published_counts,
        complete=SETTINGS.config["complete_sets"],
        cases=list_version,
    script:
        "../scripts/inventory.py"


rule split:
    "Write which cases train and which test, to be kept in config/splits."
    input:
        root=dataset_root,
    output:
        split="<results>/splits/{benchmark}/{dataset}.csv",
    log:
        "<results>/logs/split/{benchmark}/{dataset}.log",
    conda:
        "../../envs/data.yaml"
    params:
        rule=split_rule,
        options=dataset_options,
        description=own_description,
        cases=list_version,
    script:
        "../scripts/split.py"


rule pack:
    "Pack the slices of one domain into memory-mapped arrays with a table beside them."
    input:
        root=domain_root,
        inventory=domain_inventory,
        complete=complete_inventory,
        split=committed_split,
    output:
        slices="<results>/packed/{benchmark}/{domain}/slices.parquet",
        images="<results>/packed/{benchmark}/{domain}/images.npy",
        masks="<results>/packed/{benchmark}/{domain}/masks.npy",
        native_masks="<results>/packed/{benchmark}/{domain}/native_masks.npz",
        domain="<results>/packed/{benchmark}/{domain}/domain.json",
    log:
        "<results>/logs/pack/{benchmark}/{domain}.log",
    benchmark:
        "<results>/benchmarks/pack/{benchmark}/{domain}.tsv"
    conda:
        "../../envs/data.yaml"
    params:
        benchmark=packing_part,
        data_source=domain_data_source,
        image_size=image_size,
        options=domain_options,
        description=domain_description,
        version=domain_version,
    script:
        "../scripts/pack.py"


rule splits:
    "Only the splits, in the form of config/splits."
    input:
        splits=all_splits(),
