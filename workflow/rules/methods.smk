"""What runs are made of: recipes, weights, backbones, embeddings. Functions only."""

import re

from sambench.embed.use import encoding_of
from sambench.fetch.weights import FILES, weights_file
from sambench.models import NETWORKS
from sambench.plugins import source_digest
from sambench.settings.checks import sides_of
from sambench.settings.resources import SMALL_SIDE, gpus_of, has_gpu, threads_of
from sambench.settings.selection import candidate_epochs

NANO = "config/backbones/sam_nano.safetensors"
EMBEDDINGS = "<results>/embeddings/{benchmark}/{domain}/{network}.{backbone}.{side}.npy"
PAIR = ("benchmark", "method", "source", "seed", "target")

try:
    for recipes in SETTINGS.recipes.values():
        for recipe in recipes.values():
            encoding_of(recipe)
except InputError as error:
    raise WorkflowError(str(error))


def weights_of(backbone):
    """The file of a backbone's weights: our own, or the published ones."""
    if backbone == "sam_nano":
        return NANO if Path(NANO).is_file() else str(WORKFLOW.parent / NANO)
    try:
        return f"<results>/weights/{weights_file(backbone)}"
    except InputError as error:
        raise SystemExit(str(error))  # as in `refuse`


def run_backbone(wildcards):
    """The weights that a run starts from; none where it starts from nothing."""
    backbone = (recipe_of(wildcards)["network"] or {}).get("backbone")
    return [weights_of(backbone)] if backbone else []


def network_environment(wildcards):
    """The conda environment that the network of a run needs."""
    name = (recipe_of(wildcards)["network"] or {}).get("name")
    return f"../../envs/{NETWORKS.environment(name)}.yaml"


def network_code(wildcards):
    """The source of a network of the user's own, whose embeddings it is."""
    own = NETWORKS.is_own(wildcards.network)
    return source_digest(NETWORKS.reference(wildcards.network)) if own else None


def embeddings_of(wildcards, domains):
    """The embeddings of domains, where what is frozen of a run is computed once."""
    encoding = encoding_of(recipe_of(wildcards))
    if encoding is None:
        return []
    return expand(
        EMBEDDINGS, benchmark=wildcards.benchmark, domain=domains, **encoding._asdict()
    )


def source_embeddings(wildcards):
    """The embeddings of every domain of a source."""
    benchmark = benchmark_of(wildcards)
    return embeddings_of(wildcards, source_domains(benchmark, wildcards.source))


def target_embeddings(wildcards):
    """The embeddings of a target."""
    return embeddings_of(wildcards, [wildcards.target])


def recipe_of(wildcards):
    """The recipe of a method as it runs on a benchmark."""
    return SETTINGS.recipes[asked(wildcards).benchmark][wildcards.method]


def training_recipe(wildcards):
    """What the weights of a run depend on."""
    return training_part(recipe_of(wildcards))


def prediction_recipe(wildcards):
    """What the predictions of a run depend on."""
    return prediction_part(recipe_of(wildcards))


def run_weights(wildcards):
    """The weights of a run; none where nothing is trained."""
    trained = recipe_of(wildcards)["training"] is not None
    return [f"<results>/runs/{RUN}/weights.safetensors"] if trained else []


def training_selection(wildcards):
    """The epochs whose weights a training keeps, and the share that it holds out."""
    chosen = SETTINGS.config["selection"]
    epochs = recipe_of(wildcards)["training"]["epochs"]
    return {
        "epochs": candidate_epochs(epochs, chosen["candidates"]),
        "validation": chosen["validation"],
    }


def scored_selection(wildcards):
    """Which weights a score file is of: the last, or `any` where nothing is trained."""
    return "last" if is_trained(recipe_of(wildcards)) else "any"


def choice_of(wildcards):
    """The choice among the weights of a run: one for all targets, or one for each."""
    folder = f"<results>/runs/{RUN}/selection/{wildcards.selection}"
    on_target = wildcards.selection == "best_on_target"
    return f"{folder}/{wildcards.target}.csv" if on_target else f"{folder}.csv"


def predictions_of(benchmark, method, source, seed, target):
    """The file of a run's predictions; what is not trained predicts a target once."""
    recipe = SETTINGS.recipes[benchmark][method]
    if not is_trained(recipe) and recipe["predictor"] != "files":
        source, seed = "any", 1
    return (
        f"<results>/predictions/{benchmark}/{method}/{source}/seed{seed}/{target}.npz"
    )


def run_predictions(wildcards):
    """Input function of `predictions_of`."""
    return predictions_of(*(getattr(wildcards, name) for name in PAIR))


def resume_path(wildcards, output):
    """The state of an unfinished training: beside its outputs, but none of them.

    Snakemake deletes declared outputs when a job fails, and only those.
    """
    return str(Path(output.weights).with_name("resume.pt"))


def run_threads(wildcards):
    """The threads of a job of one method."""
    benchmark = SETTINGS.benchmarks[wildcards.benchmark]
    sides = sides_of(benchmark, SETTINGS.config["image_size"])
    return threads_of(recipe_of(wildcards), sides)


def run_gpus(wildcards):
    """The GPUs of a job of one method."""
    return gpus_of(recipe_of(wildcards), workflow.non_local_exec)


# --- masks made elsewhere ---------------------------------------------------------------


def methods_by(*predictors):
    """The methods with one of some predictors."""
    return sorted(
        {
            name
            for recipes in SETTINGS.recipes.values()
            for name, recipe in recipes.items()
            if recipe["predictor"] in predictors
        }
    )


def own_folder(wildcards):
    """The user's folder of masks for one target."""
    recipe = recipe_of(wildcards)
    folder = (recipe["predictions"] or {}).get("folder")
    if not folder:
        raise WorkflowError(
            f"recipe '{recipe['id']}', key 'predictions.folder': found nothing, expected "
            "a folder of masks. See config/examples/own_predictions.yaml."
        )
    return folder.format(**{name: getattr(wildcards, name) for name in PAIR})


def own_masks(wildcards):
    """The user's masks for one target, so that a new or other one is scored anew.

    Of a folder that is not there the job says what it should hold: without inputs it is
    run, where a missing input would leave what an earlier folder gave.
    """
    folder = Path(own_folder(wildcards))
    return sorted(map(str, folder.iterdir())) if folder.is_dir() else []


def target_dataset(wildcards):
    """The data set that a target is cut from."""
    benchmark = benchmark_of(wildcards)
    return benchmark["domains"][wildcards.target]["dataset"]


def target_description(wildcards):
    """The description of the site that a target is, if it is the user's own."""
    domains = SETTINGS.benchmarks[wildcards.benchmark]["domains"]
    group = domains[wildcards.target]["group"]
    return SETTINGS.own_site(target_dataset(wildcards), group)
