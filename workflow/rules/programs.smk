"""What the rules of other programs ask of the configuration. Functions only."""

PROGRAM_DATA = "<results>/external/{program}/{benchmark}/{source}/data"
PROGRAM_IMAGES = "<results>/external/{program}/{benchmark}/images/{target}"
PROGRAM_MASKS = "<results>/external/{program}/{benchmark}/{source}/{method}/seed{seed}/masks/{target}"


def external_of(wildcards):
    """What a recipe says of its program."""
    return recipe_of(asked(wildcards))["external"]


def program_recipe(wildcards):
    """What trainings and predictions of a program depend on."""
    return program_part(recipe_of(wildcards))


def program_environment(wildcards):
    """The conda environment of a program; None where it has none."""
    path = environment_file(external_of(wildcards))
    return path and str(path)


def program_data(wildcards):
    """The data set that a program is trained on; none where nothing is trained."""
    if not trained_elsewhere(recipe_of(wildcards)):
        return []
    return [_of_program(PROGRAM_DATA, wildcards)]


def program_record(wildcards):
    """The record of a training; none where nothing is trained."""
    trained = trained_elsewhere(recipe_of(wildcards))
    return [f"<results>/runs/{RUN}/run.json"] if trained else []


def program_images(wildcards):
    """The images of a target as files."""
    return _of_program(PROGRAM_IMAGES, wildcards)


def program_masks(wildcards):
    """What a program says of a target."""
    return _of_program(PROGRAM_MASKS, wildcards)


def training_folder(wildcards, input):
    """The folder of a program: no output, so that a stopped training goes on there."""
    run = Path(wildcards.method, f"seed{wildcards.seed}")
    return str(Path(input.data[0]).parent / run / "work")


def prediction_folder(wildcards, output):
    """The folder that a program was trained in."""
    return str(Path(output.masks).parents[1] / "work")


def _of_program(pattern, wildcards):
    """Fill in the program of a method and the wildcards."""
    filled = pattern.replace("{program}", external_of(wildcards)["program"])
    return filled.format(**wildcards)


def only_domain(wildcards):
    """The one domain of a source."""
    benchmark = SETTINGS.benchmarks[wildcards.benchmark]
    return source_domains(benchmark, wildcards.source)[0]


def source_dataset(wildcards):
    """The name of a source's data set, as nnU-Net wants it."""
    return f"Dataset001_{only_domain(wildcards)}"


def described(role):
    """The description of the domain of a source or target."""

    def description(wildcards):
        domain = only_domain(wildcards) if role == "source" else wildcards.target
        return SETTINGS.benchmarks[wildcards.benchmark]["domains"][domain]

    return description


def own_of(role):
    """The description of its data set, if that is the user's own."""
    return lambda wildcards: SETTINGS.own.get(described(role)(wildcards)["dataset"])


def benchmark_kind(wildcards):
    """Whether a benchmark is of volumes or photographs."""
    return SETTINGS.benchmarks[wildcards.benchmark]["kind"]


def files_of_domain(role):
    """The packed slices, the inventory and the files of a source or target."""

    def files(wildcards):
        domain = only_domain(wildcards) if role == "source" else wildcards.target
        dataset = described(role)(wildcards)["dataset"]
        return {
            "slices": f"<results>/packed/{wildcards.benchmark}/{domain}/slices.parquet",
            "inventory": f"<results>/inventory/{dataset}.csv",
            "root": root_of(dataset),
        }

    return files
