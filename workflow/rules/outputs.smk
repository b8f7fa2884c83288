"""What is asked for: score files, tables, ranks, figures. Functions only."""

from dataclasses import asdict

from sambench.errors import unknown_name
from sambench.metrics.names import parse_interaction
from sambench.published.ceiling import rater_agreement
from sambench.published.comparison import (
    HELD_OUT,
    PART_OF_GRID,
    RESIZED,
    published_id,
    published_numbers,
)
from sambench.published.numbers import check_published_names, read_published
from sambench.report.origin import remember_command
from sambench.tables.context import Context, brief
from sambench.tables.protocol import (
    check_supported,
    protocol_metrics,
    selections,
    views,
)

if workflow.is_main_process:
    remember_command(sys.argv)
PUBLISHED_FOLDERS = [Path("config/published"), WORKFLOW.parent / "config/published"]

try:
    for protocol in SETTINGS.protocols.values():
        check_supported(protocol, SETTINGS.config["selection"])
    PUBLISHED = read_published(PUBLISHED_FOLDERS)
    check_published_names(PUBLISHED, SETTINGS.benchmarks, SETTINGS.protocols)
except InputError as error:
    raise WorkflowError(str(error))


# --- scores ---------------------------------------------------------------------------


def scores_of(benchmark):
    """Every score file of a benchmark: of the last weights, and of those chosen."""
    names = SETTINGS.benchmarks[benchmark]["protocols"]
    others = selections(SETTINGS.protocols[name] for name in names)
    recipes = SETTINGS.recipes[benchmark]
    return [
        f"<results>/scores/{benchmark}/{run.method}/{run.source}/seed{run.seed}/{part}{target}.parquet"
        for run in SETTINGS.runs(benchmark)
        for part in [
            "",
            *(f"{name}/" for name in others if recipes[run.method]["training"]),
        ]
        for target in targets_of(SETTINGS.benchmarks[benchmark], run.source)
    ]


def all_scores():
    """Every score file."""
    return [path for benchmark in SETTINGS.benchmarks for path in scores_of(benchmark)]


def benchmark_scores(wildcards):
    """Input function of `scores_of`."""
    return scores_of(asked(wildcards).benchmark)


def benchmark_protocols(wildcards):
    """The protocol files of a benchmark, by id."""
    benchmark = benchmark_of(wildcards)
    return {name: SETTINGS.protocols[name] for name in benchmark["protocols"]}


def scored_views(wildcards):
    """What the protocols of a benchmark ask to be scored."""
    benchmark = benchmark_of(wildcards)
    return views(benchmark_protocols(wildcards).values(), benchmark)


# --- figures --------------------------------------------------------------------------


def shown_pairs(benchmark):
    """The pairs of which cases are shown: by target, each prediction of a method once."""
    pairs = {}
    for run in SETTINGS.runs(benchmark):
        if run.seed > 1:
            continue
        for target in targets_of(SETTINGS.benchmarks[benchmark], run.source):
            path = predictions_of(benchmark, run.method, run.source, 1, target)
            source = Path(path).parts[-3]  # `any` of what is trained on nothing
            pairs[target, f"{run.method}/{source}"] = path
    return pairs


def shown_runs(wildcards):
    """Target and run of each file of `shown_predictions`."""
    return list(shown_pairs(wildcards.benchmark))


def shown_predictions(wildcards):
    """The predictions of which cases are shown."""
    return list(shown_pairs(wildcards.benchmark).values())


def turned_targets(wildcards):
    """Whether the volumes of each target are in RAS order: the back is at the top."""
    sets = {
        name: domain["dataset"]
        for name, domain in SETTINGS.benchmarks[wildcards.benchmark]["domains"].items()
    }
    return {
        name: find_dataset(dataset, SETTINGS.own.get(dataset)).canonical
        for name, dataset in sets.items()
    }


def all_galleries():
    """The images of every benchmark's cases, unless they must not be shown."""
    shown = SETTINGS.benchmarks if SETTINGS.config["show_images"] else []
    return [f"<results>/report_cases/{benchmark}.json" for benchmark in shown]


def target_slices(wildcards):
    """The packed slices of every target of a benchmark."""
    targets = benchmark_of(wildcards)["targets"]
    return expand(PACKED, benchmark=wildcards.benchmark, domain=targets)


def trained_files(benchmark, name, elsewhere=False):
    """One file of every training of a benchmark, also of other programs if they count."""
    return [
        f"<results>/runs/{run.benchmark}/{run.method}/{run.source}/seed{run.seed}/{name}"
        for run in SETTINGS.runs(benchmark)
        for recipe in [SETTINGS.recipes[benchmark][run.method]]
        if recipe["training"] or (elsewhere and trained_elsewhere(recipe))
    ]


def benchmark_records(wildcards):
    """The record of every training of a benchmark."""
    return trained_files(wildcards.benchmark, "run.json", elsewhere=True)


def benchmark_histories(wildcards):
    """The history of every training of a benchmark."""
    return trained_files(wildcards.benchmark, "history.csv")


# --- everything -----------------------------------------------------------------------


def all_packed():
    """Packed slices of every domain."""
    return [
        path
        for name, benchmark in SETTINGS.benchmarks.items()
        for path in expand(PACKED, benchmark=name, domain=benchmark["domains"])
    ]


def all_records():
    """Records of every method that is trained."""
    return [
        path
        for benchmark in SETTINGS.benchmarks
        for path in trained_files(benchmark, "run.json", elsewhere=True)
    ]


def metrics_of(benchmark, protocol):
    """Metric names of a protocol on a benchmark."""
    return protocol_metrics(SETTINGS.protocols[protocol], benchmark)


def has_clicks(benchmark, protocol):
    """Whether a protocol asks for what follows each click."""
    return any(map(parse_interaction, metrics_of(benchmark, protocol)))


def all_tables():
    """A page per benchmark, protocol and metric, with the matrix behind it."""
    tables = []
    for name, benchmark in SETTINGS.benchmarks.items():
        tables.append(f"<results>/tables/{name}/protocols.html")
        for protocol in benchmark["protocols"]:
            folder = f"<results>/tables/{name}/{protocol}"
            metrics = metrics_of(benchmark, protocol)
            tables += [f"{folder}/{metric}.html" for metric in metrics]
            tables += [f"{folder}/matrix/{metric}.html" for metric in metrics]
    return tables


def all_comparisons():
    """A page per benchmark and protocol under which numbers are published."""
    return [
        f"<results>/published/{name}/{protocol}/{metric}.html"
        for name, benchmark in SETTINGS.benchmarks.items()
        for protocol in benchmark["protocols"]
        for metric in metrics_of(benchmark, protocol)
        if len(numbers_beside(name, protocol, metric))
    ]


def numbers_beside(benchmark, protocol, metric):
    """The published numbers that a table can stand beside."""
    about = SETTINGS.benchmarks[benchmark], SETTINGS.protocols[protocol]
    return published_numbers(PUBLISHED, *about, metric)[0]


def published_rows(wildcards):
    """What a comparison depends on: the numbers themselves, as records."""
    numbers = numbers_beside(*wildcards)
    return numbers.astype(object).where(numbers.notna(), None).to_dict("records")


def all_ranks():
    """A ranking per benchmark and protocol."""
    return [
        f"<results>/ranks/{name}/{protocol}.csv"
        for name, benchmark in SETTINGS.benchmarks.items()
        for protocol in benchmark["protocols"]
    ]


def all_figures():
    """Figures per protocol and per benchmark."""
    per_protocol = [
        f"<results>/figures/{name}/{protocol}/{figure}.svg"
        for name, benchmark in SETTINGS.benchmarks.items()
        for protocol in benchmark["protocols"]
        for figure in (
            "heatmap",
            "distributions",
            "stability",
            "critical_difference",
            *(["clicks"] if has_clicks(benchmark, protocol) else []),
        )
    ]
    per_benchmark = [
        f"<results>/figures/{name}/{figure}.svg"
        for name in SETTINGS.benchmarks
        for figure in ("protocols", "cost", "learning")
    ]
    return per_benchmark + per_protocol


# --- parameters of scripts ------------------------------------------------------------


def context_of(benchmark, protocol=None):
    """What a table or figure is of, see `sambench.tables.context.Context`."""
    context = Context(
        benchmark=SETTINGS.benchmarks[benchmark] | {"image_size": size_of(benchmark)},
        protocol=SETTINGS.protocols[protocol] if protocol else {},
        methods=method_briefs(benchmark),
        data_source=benchmark_source(benchmark),
    )
    return asdict(context)


def context_params(wildcards):
    """The context of one benchmark, and of one protocol if the output has one."""
    protocol, metric = asked(wildcards).get("protocol"), wildcards.get("metric")
    if protocol and metric:
        valid = metrics_of(benchmark_of(wildcards), protocol)
        if metric not in valid:
            error = unknown_name("the file asked for", "metric", metric, valid)
            raise SystemExit(str(error))  # as in `refuse`
    return context_of(wildcards.benchmark, protocol)


def first_context(wildcards):
    """The context of a benchmark under the protocol that it lists first."""
    return context_of(wildcards.benchmark, first_protocol(wildcards)["id"])


def protocol_contexts(wildcards):
    """The context of a benchmark under each of its protocols."""
    names = SETTINGS.benchmarks[wildcards.benchmark]["protocols"]
    return [context_of(wildcards.benchmark, name) for name in names]


def ceiling_of(benchmark):
    """How far human raters agree on original images, by target and structure."""
    if "synthetic" in benchmark_source(benchmark):
        return []
    alike = SETTINGS.catalogue.same_images(benchmark)
    return rater_agreement(PUBLISHED, alike).to_dict("records")


def ceiling(wildcards):
    """What `ceiling_of` has for Dice; nothing for another metric."""
    shown = wildcards.get("metric", "dice") == "dice"
    return ceiling_of(wildcards.benchmark) if shown else []


def all_documents():
    """How the scores of this run are read, see `sambench.bundle.documents`."""
    return {
        "contexts": {name: context_of(name) for name in SETTINGS.benchmarks},
        "protocols": SETTINGS.protocols,
        "recipes": SETTINGS.recipes,
        "ceilings": {name: ceiling_of(name) for name in SETTINGS.benchmarks},
        "totals": domain_totals(),
        "title": SETTINGS.config["title"],
        "seeds": SETTINGS.config["seeds"],
    }


def method_briefs(benchmark):
    """What tables and figures say of each method.

    Those of other benchmarks are there, too: a method has one colour in all of them.
    """
    recipes = {}
    for by_method in [*SETTINGS.recipes.values(), SETTINGS.recipes[benchmark]]:
        recipes |= by_method
    order = [name for name in SETTINGS.config["methods"] if name in recipes]
    return {
        name: brief(recipes[name], seen_originals(recipes[name]))
        for name in dict.fromkeys([*order, *recipes])
    }


def seen_originals(recipe):
    """The data that a method's weights were trained on; no phantom was."""
    used = SETTINGS.datasets()
    return [
        entry
        for entry in recipe["seen"]
        if (name := entry["data"].split("/")[0]) in used
        and SETTINGS.data_source(name) != "synthetic"
    ]


def first_protocol(wildcards):
    """The protocol that a benchmark lists first: figures of one protocol are of it."""
    name = benchmark_of(wildcards)["protocols"][0]
    return SETTINGS.protocols[name]


def first_ranks(wildcards):
    """The ranking under the first protocol."""
    name = first_protocol(wildcards)["id"]
    return f"<results>/ranks/{wildcards.benchmark}/{name}.csv"


def benchmark_source(benchmark):
    """Whether the data of a benchmark are original, synthetic or both."""
    domains = SETTINGS.benchmarks[benchmark]["domains"].values()
    return "+".join(sorted({SETTINGS.data_source(d["dataset"]) for d in domains}))


def departure(wildcards):
    """What this run does otherwise than publications: no comparison is fair then."""
    name = wildcards.benchmark
    every = len(SETTINGS.benchmarks[name]["domains"]) == domain_totals()[name]
    narrowed = SETTINGS.config["select"].get(name, {}).keys() - {"methods", "protocols"}
    if narrowed or not every:
        return PART_OF_GRID
    if size_of(name):
        return RESIZED
    honest = SETTINGS.protocols[wildcards.protocol]["selection"]
    held_out = SETTINGS.config["selection"]["validation"]
    if held_out and honest != "best_on_source_validation":  # then it is the protocol's
        return HELD_OUT
    return ""
