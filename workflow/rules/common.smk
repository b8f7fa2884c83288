"""The checked configuration, and what rules ask of it about data. Functions only."""

import sys
from functools import cache, partial
from pathlib import Path

WORKFLOW = Path(workflow.current_basedir).parent
sys.path.insert(0, str(WORKFLOW / "scripts"))

from sambench.data.data_version import survey
from sambench.data.datasets import find_dataset
from sambench.errors import InputError
from sambench.external.program import environment_file
from sambench.metrics.names import metric_id
from sambench.phantoms import PHANTOMS
from sambench.plugins import make_importable
from sambench.settings import load_settings, targets_of
from sambench.settings.grid import source_domains
from sambench.settings.recipe import (
    is_trained,
    prediction_part,
    program_part,
    trained_elsewhere,
    training_part,
)
from sambench.settings.requests import check_request
from sambench.settings.serving import offers_of


def uses_conda():
    """Whether the command line asks for conda environments."""
    methods = workflow.deployment_settings.deployment_method
    return any(method.name == "CONDA" for method in methods)


try:
    make_importable(WORKFLOW / "scripts", config.get("plugins"))
    SETTINGS = load_settings(
        config,
        folders=[Path("config"), WORKFLOW.parent / "config"],
        where=" and ".join([*map(str, workflow.configfiles), "--config"]),
        files=list(workflow.configfiles),
        environments=uses_conda(),
    )
except InputError as error:
    raise WorkflowError(str(error))

if SETTINGS.notice and workflow.is_main_process:
    print(SETTINGS.notice, file=sys.stderr)


wildcard_constraints:
    dataset="[a-z0-9_]+",
    archive=r"[\w.]+\.(zip|tar)",
    benchmark="[a-z][a-z0-9_]*",
    domain=r"\w+",
    group=r"\w+",
    method="[a-z][a-z0-9_]*",
    source=r"\w+",
    target=r"\w+",
    seed=r"\d+",
    selection="best_on_source_validation|best_on_target",
    protocol="[a-z][a-z0-9_]*",
    metric=r"[a-z0-9_.]+",


RUN = "{benchmark}/{method}/{source}/seed{seed}"
PACKED = "<results>/packed/{benchmark}/{domain}/slices.parquet"


# --- what is asked for ----------------------------------------------------------------


@cache
def refuse(names, trained):
    """Stop if the configuration does not run what a file is of.

    Not by an exception of the input function, which Snakemake shows with a traceback.
    """
    try:
        check_request(SETTINGS, dict(names), trained)
    except InputError as error:
        raise SystemExit(str(error))


def asked(wildcards, trained=False):
    """The wildcards of a file that the configuration runs; others stop with words."""
    refuse(tuple(wildcards.items()), trained)
    return wildcards


def benchmark_of(wildcards):
    """The benchmark of a file, as it runs."""
    return SETTINGS.benchmarks[asked(wildcards).benchmark]


# --- data -----------------------------------------------------------------------------


def archive_of(wildcards):
    """The archive to unpack: the user's, or the synthetic one."""
    local = SETTINGS.local_path(asked(wildcards).dataset)
    synthetic = f"<results>/archives/{wildcards.dataset}/{PHANTOMS[wildcards.dataset]}"
    return local or synthetic


def root_of(dataset):
    """The folder of a data set: the user's as it is, or the unpacked one."""
    local = SETTINGS.local_path(dataset)
    return local if local and Path(local).is_dir() else f"<results>/data/{dataset}"


def watched(root):
    """A folder as input: the user's by the versions of its files, not by its time."""
    return root if root.startswith("<results>") else ancient(root)


def dataset_root(wildcards):
    """Input function of `root_of`."""
    return watched(root_of(asked(wildcards).dataset))


def options_of(dataset):
    """Options that the benchmarks give to the layout of a data set."""
    options = {}
    for benchmark in SETTINGS.benchmarks.values():
        options |= benchmark["datasets"].get(dataset, {})
    return options


def dataset_options(wildcards):
    """Input function of `options_of`."""
    return options_of(wildcards.dataset)


def groups_of(dataset):
    """The groups of a data set that domains are cut from."""
    return sorted(
        {
            domain["group"]
            for benchmark in SETTINGS.benchmarks.values()
            for domain in benchmark["domains"].values()
            if domain["dataset"] == dataset
        }
    )


def checked_groups(wildcards):
    """The inventory of each of them."""
    groups = groups_of(wildcards.dataset)
    return expand(
        "<results>/inventory/{dataset}/{group}.csv",
        dataset=wildcards.dataset,
        group=groups,
    )


def found_in_groups(wildcards):
    """The findings in each of them."""
    return [p.replace(".csv", ".findings.csv") for p in checked_groups(wildcards)]


def files_record(wildcards):
    """Where the files are recorded that the last check of a group saw."""
    path = f"<results>/inventory/{wildcards.dataset}/.files/{wildcards.group}.json"
    return workflow.pathvars.apply(path)


@cache
def surveyed(dataset):
    """The files of a data set against those that its last checks saw."""
    options, whole = options_of(dataset), SETTINGS.own.get(dataset)
    root = Path(workflow.pathvars.apply(root_of(dataset)))
    known = cache(lambda: find_dataset(dataset).find_cases(root, **options))

    def cases_of(group):
        site = SETTINGS.own_site(dataset, group)
        return find_dataset(dataset, site).find_cases(root) if whole else known()

    return survey(
        Path(workflow.pathvars.apply(f"<results>/inventory/{dataset}/.files")),
        root,
        groups_of(dataset),
        cases_of,
        remember=workflow.is_main_process,
    )


def group_version(wildcards):
    """Version of the files of one group of a data set."""
    return surveyed(wildcards.dataset).versions[wildcards.group]


def list_version_of(dataset):
    """Version of the list of cases; unpacked ones change with their archive alone."""
    users = not root_of(dataset).startswith("<results>")
    return surveyed(dataset).cases if users else ""


def list_version(wildcards):
    """Input function of `list_version_of`."""
    return list_version_of(wildcards.dataset)


def domain_version(wildcards):
    """Versions of what the packed slices of one domain depend on."""
    domain = domain_of(wildcards)
    version = surveyed(domain["dataset"]).versions[domain["group"]]
    by_patient = split_rule(wildcards)["rule"] == "patient"
    return [version, *([list_version_of(domain["dataset"])] if by_patient else [])]


def report_changes():
    """Print which files changed since the last checks."""
    for dataset in SETTINGS.datasets():
        for group, found in surveyed(dataset).changes.items():
            words = f"{dataset}, {group}: since the last run {found.words()}"
            print(f"{words}; what depends on them runs again.", file=sys.stderr)


def own_description(wildcards):
    """The description of a data set of the user's own; None for the known ones."""
    return SETTINGS.own.get(wildcards.dataset)


def group_description(wildcards):
    """The same with one of its sites alone: others may change."""
    return SETTINGS.own_site(wildcards.dataset, wildcards.group)


def domain_options(wildcards):
    """Options of the layout of the data set that a domain is cut from."""
    return options_of(domain_of(wildcards)["dataset"])


def domain_description(wildcards):
    """The same of the site that a domain is; splits by patient look at all sites."""
    domain = domain_of(wildcards)
    if split_rule(wildcards)["rule"] == "patient":
        return SETTINGS.own.get(domain["dataset"])
    return SETTINGS.own_site(domain["dataset"], domain["group"])


def domain_of(wildcards):
    """The description of one domain."""
    return benchmark_of(wildcards)["domains"][wildcards.domain]


def one_of(names):
    """The pattern of a wildcard that is one of some names; none gives no match."""
    return "|".join(names) or "(?!)"


def none_of(names):
    """The pattern of a method that is none of some: one that does not run is told so."""
    return f"(?!(?:{one_of(names)})/)[a-z][a-z0-9_]*"


def files_to_fetch(wildcards):
    """The files of a data set that its domains need."""
    return SETTINGS.files_of(wildcards.dataset)


def terms_accepted(wildcards):
    """Whether the user accepts the terms of a data set."""
    return SETTINGS.accepted(wildcards.dataset)


def published_counts(wildcards):
    """What is known of an original data set; None for a synthetic one."""
    if SETTINGS.data_source(wildcards.dataset) == "synthetic":
        return None
    if wildcards.dataset in SETTINGS.own:
        return {}
    return dict(SETTINGS.registry[wildcards.dataset].expected)


def known_counts(wildcards):
    """Labelled voxels of the cases of an original data set, if they are known."""
    name = f"config/facts/{wildcards.dataset}.csv"
    if SETTINGS.data_source(wildcards.dataset) == "synthetic":
        return []
    return [str(p) for p in (Path(name), WORKFLOW.parent / name) if p.is_file()][:1]


def committed_split(wildcards):
    """The committed split of a benchmark and data set, if there is one."""
    dataset = domain_of(wildcards)["dataset"]
    name = f"config/splits/{wildcards.benchmark}/{dataset}.csv"
    if SETTINGS.data_source(dataset) == "synthetic":
        return []
    found = [path for path in (Path(name), WORKFLOW.parent / name) if path.is_file()]
    return str(found[0]) if found else []


def split_rule(wildcards):
    """How a benchmark divides its cases."""
    return benchmark_of(wildcards)["split"]


def all_splits():
    """The split of every benchmark and data set, in the form of `config/splits`."""
    return sorted(
        {
            f"<results>/splits/{name}/{domain['dataset']}.csv"
            for name, benchmark in SETTINGS.benchmarks.items()
            for domain in benchmark["domains"].values()
        }
    )


def domain_root(wildcards):
    """The folder of the data set that a domain is cut from."""
    return watched(root_of(domain_of(wildcards)["dataset"]))


def domain_inventory(wildcards):
    """The inventory of the group that a domain is cut from."""
    domain = domain_of(wildcards)
    return f"<results>/inventory/{domain['dataset']}/{domain['group']}.csv"


def complete_inventory(wildcards):
    """The inventory of the whole set, where an incomplete one stops the run."""
    dataset = domain_of(wildcards)["dataset"]
    complete = SETTINGS.config["complete_sets"]
    return f"<results>/inventory/{dataset}.csv" if complete else []


def packing_part(wildcards):
    """What packed slices of a domain depend on."""
    benchmark = benchmark_of(wildcards)
    domain = domain_of(wildcards)
    preparation = domain["preparation"]
    return {
        "id": benchmark["id"],
        "kind": benchmark["kind"],
        "split": benchmark["split"],
        "datasets": benchmark["datasets"],
        "domains": {wildcards.domain: domain},
        "preparations": {preparation: benchmark["preparations"][preparation]},
    }


def image_size(wildcards):
    """Input function of `size_of`."""
    return size_of(wildcards.benchmark)


def size_of(benchmark):
    """The size of packed slices, if the configuration sets it for a benchmark."""
    size = SETTINGS.config["image_size"]
    return size.get(benchmark) if isinstance(size, dict) else size


def domain_data_source(wildcards):
    """Whether a domain is `synthetic`, `original`, or what its benchmark calls that."""
    return SETTINGS.origin(wildcards.benchmark, domain_of(wildcards)["dataset"])


def source_slices(wildcards):
    """The packed slices of every domain of a source."""
    benchmark = SETTINGS.benchmarks[asked(wildcards, trained=True).benchmark]
    domains = source_domains(benchmark, wildcards.source)
    return expand(PACKED, benchmark=wildcards.benchmark, domain=domains)


def all_inventories():
    """The inventory of every data set."""
    return expand("<results>/inventory/{dataset}.csv", dataset=SETTINGS.datasets())


def all_findings():
    """What the checks of every data set found."""
    return [path.replace(".csv", ".findings.csv") for path in all_inventories()]


@cache
def benchmark_files():
    """The files of the benchmarks, before they were narrowed; read once."""
    return SETTINGS.catalogue.load_all("benchmarks", SETTINGS.benchmarks, "benchmarks")


def domain_totals():
    """The number of domains of each benchmark before it was narrowed."""
    return {name: len(file["domains"]) for name, file in benchmark_files().items()}


def domain_offers():
    """Which data sets can serve each domain of each benchmark, and which does."""
    return {
        name: offers_of(
            file,
            SETTINGS.benchmarks[name],
            SETTINGS.is_available,
            partial(SETTINGS.origin, name),
        )
        for name, file in benchmark_files().items()
    }


if workflow.is_main_process:
    report_changes()
