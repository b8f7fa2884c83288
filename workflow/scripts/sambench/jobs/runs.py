"""What rules ask about runs: weights, encodings, predictions, threads and GPUs."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sambench.data.datasets import find_dataset
from sambench.data.file_names import list_files
from sambench.embed.use import encoding_of
from sambench.fetch.weights import weights_file
from sambench.jobs import paths
from sambench.jobs.ask import Ask, Wildcards, without_traceback
from sambench.jobs.data import Data
from sambench.models import NETWORKS
from sambench.plugins import source_digest
from sambench.settings.checkpoints import LAST, ON_TARGET, candidate_epochs
from sambench.settings.checks import sides_of
from sambench.settings.grid import source_domains, targets_of
from sambench.settings.recipe import (
    is_trained,
    prediction_part,
    predicts_once,
    trained_elsewhere,
    training_part,
)
from sambench.settings.requests import ANY
from sambench.settings.resources import gpus_of, threads_of
from sambench.tables.protocol import checkpoints_of

SMALL_SAM = "sam_nano"
"""The backbone that is in this repository."""


class Runs(Ask):
    """Questions about trainings and predictions.

    `elsewhere` returns whether jobs run on other machines, when a job is planned. An
    `InputError` if a recipe asks for encodings that its network does not have.
    """

    def __init__(self, data: Data, elsewhere: Callable[[], bool] = lambda: False):
        super().__init__(data.settings)
        self._data, self._elsewhere = data, elsewhere
        for recipes in self.settings.recipes.values():
            for recipe in recipes.values():
                encoding_of(recipe)

    def by_predictor(self, *predictors: str) -> list[str]:
        """List the methods with one of some predictors."""
        return sorted(
            {
                name
                for recipes in self.settings.recipes.values()
                for name, recipe in recipes.items()
                if recipe["predictor"] in predictors
            }
        )

    # --- networks ---------------------------------------------------------------------

    def weights_of(self, backbone: str) -> str:
        """Return the file of a backbone's weights: our own, or the published ones."""
        if backbone == SMALL_SAM:
            return self.committed(f"backbones/{SMALL_SAM}.safetensors")
        with without_traceback():
            return paths.BACKBONE.format(file=weights_file(backbone))

    def backbone(self, wildcards: Wildcards) -> list[str]:
        """List the weights that a run starts from: none, or one file."""
        backbone = (self.recipe(wildcards)["network"] or {}).get("backbone")
        return [self.weights_of(backbone)] if backbone else []

    def network_environment(self, wildcards: Wildcards) -> str:
        """Return the conda environment of a run's network, seen from its rule."""
        name = (self.recipe(wildcards)["network"] or {}).get("name")
        return f"../../envs/{NETWORKS.environment(name)}.yaml"

    def network_code(self, wildcards: Wildcards) -> str | None:
        """Return the digest of the source of a network, if it is the user's own."""
        own = NETWORKS.is_own(wildcards.network)
        return source_digest(NETWORKS.reference(wildcards.network)) if own else None

    def _embeddings(self, wildcards: Wildcards, domains: list[str]) -> list[str]:
        encoding = encoding_of(self.recipe(wildcards))
        if encoding is None:
            return []
        names = {"benchmark": wildcards.benchmark, **encoding._asdict()}
        return [paths.EMBEDDINGS.format(domain=d, **names) for d in domains]

    def source_embeddings(self, wildcards: Wildcards) -> list[str]:
        """List the encodings of a source, if the network has a frozen encoder."""
        domains = source_domains(self.benchmark(wildcards), wildcards.source)
        return self._embeddings(wildcards, domains)

    def target_embeddings(self, wildcards: Wildcards) -> list[str]:
        """List the encodings of a target, if the network has a frozen encoder."""
        return self._embeddings(wildcards, [wildcards.target])

    # --- trainings --------------------------------------------------------------------

    def training_recipe(self, wildcards: Wildcards) -> dict[str, Any]:
        """Return what the weights of a run depend on."""
        return training_part(self.recipe(wildcards))

    def checkpoints(self, wildcards: Wildcards) -> dict[str, Any]:
        """Return the epochs whose weights are kept, and the share that is held out."""
        chosen = self.settings.config["checkpoints"]
        epochs = self.recipe(wildcards)["training"]["epochs"]
        return {
            "epochs": candidate_epochs(epochs, chosen["candidates"]),
            "validation": chosen["validation"],
        }

    def threads(self, wildcards: Wildcards) -> int:
        """Return the threads of a job of one method."""
        benchmark = self.settings.benchmarks[wildcards.benchmark]
        sides = sides_of(benchmark, self.settings.config["image_size"])
        return threads_of(self.recipe(wildcards), sides)

    def gpus(self, wildcards: Wildcards) -> int:
        """Return the GPUs of a job of one method."""
        return gpus_of(self.recipe(wildcards), self._elsewhere())

    # --- which weights ----------------------------------------------------------------

    def tested_checkpoints(self, benchmark: str, method: str) -> list[str]:
        """List which weights of a run are tested: the last, and those of protocols."""
        recipe = self.settings.recipes[benchmark][method]
        if not is_trained(recipe):
            return [ANY]
        if recipe["training"] is None:
            return [LAST]
        names = self.settings.benchmarks[benchmark]["protocols"]
        return [LAST, *checkpoints_of(self.settings.protocols[name] for name in names)]

    def weights(self, wildcards: Wildcards) -> list[str]:
        """List the weights that predict: the last, the candidates, or none."""
        if self.recipe(wildcards)["training"] is None:
            return []
        last = wildcards.checkpoint == LAST
        pattern = paths.WEIGHTS if last else paths.CANDIDATES
        return [pattern.format(**dict(wildcards.items()))]

    def choice(self, wildcards: Wildcards) -> list[str]:
        """List the file that says which of the candidates predict, if they do."""
        if wildcards.checkpoint in (ANY, LAST):
            return []
        on_target = wildcards.checkpoint == ON_TARGET
        chosen_on = wildcards.target if on_target else wildcards.source
        names = dict(wildcards.items()) | {"chosen_on": chosen_on}
        return [paths.CHOICE.format(**names)]

    def choosing_slices(self, wildcards: Wildcards) -> list[str]:
        """List the slices by which weights are chosen: of the target, or the source."""
        if wildcards.checkpoint != ON_TARGET:
            return self._data.source_slices(wildcards)
        names = {"benchmark": wildcards.benchmark, "domain": wildcards.chosen_on}
        return [paths.SLICES.format(**names)]

    def choosing_embeddings(self, wildcards: Wildcards) -> list[str]:
        """List their encodings, if the network has a frozen encoder."""
        if wildcards.checkpoint != ON_TARGET:
            return self.source_embeddings(wildcards)
        return self._embeddings(wildcards, [wildcards.chosen_on])

    # --- predictions ------------------------------------------------------------------

    def prediction_recipe(self, wildcards: Wildcards) -> dict[str, Any]:
        """Return what the predictions of a run depend on."""
        return prediction_part(self.recipe(wildcards))

    def predicted(self, pair: dict[str, Any]) -> dict[str, Any]:
        """Return the names of the predictions of a run on a target.

        A method that is not trained predicts a target once.
        """
        recipe = self.settings.recipes[pair["benchmark"]][pair["method"]]
        return pair | ({"source": ANY, "seed": 1} if predicts_once(recipe) else {})

    def predictions(self, wildcards: Wildcards) -> str:
        """Return the predictions that a score file is of."""
        pair = dict(self.asked(wildcards).items())
        return paths.PREDICTIONS.format(**self.predicted(pair))

    def pairs(self, benchmark: str) -> list[dict[str, Any]]:
        """List the names of every score file of a benchmark."""
        return [
            {**run._asdict(), "checkpoint": checkpoint, "target": target}
            for run in self.settings.runs(benchmark)
            for checkpoint in self.tested_checkpoints(benchmark, run.method)
            for target in targets_of(self.settings.benchmarks[benchmark], run.source)
        ]

    def training_files(
        self, benchmark: str, pattern: str, elsewhere: bool = False
    ) -> list[str]:
        """List one file of every training of a benchmark.

        `elsewhere` says whether those of other programs have such a file, too.
        """
        recipes = self.settings.recipes[benchmark]
        return [
            pattern.format(**run._asdict())
            for run in self.settings.runs(benchmark)
            for recipe in [recipes[run.method]]
            if recipe["training"] or (elsewhere and trained_elsewhere(recipe))
        ]

    def all_records(self) -> list[str]:
        """List the record of every training."""
        names = self.settings.benchmarks
        found = (self.training_files(n, paths.RECORD, elsewhere=True) for n in names)
        return [path for files in found for path in files]

    # --- masks made elsewhere ---------------------------------------------------------

    def masks_folder(self, wildcards: Wildcards) -> str:
        """Return the user's folder of masks for one target."""
        recipe = self.recipe(wildcards)
        folder = (recipe["predictions"] or {}).get("folder")
        if not folder:
            raise SystemExit(
                f"recipe '{recipe['id']}', key 'predictions.folder': found nothing, "
                "expected a folder of masks. See config/examples/own_predictions.yaml."
            )
        return folder.format(**dict(wildcards.items()))

    def masks(self, wildcards: Wildcards) -> list[str]:
        """List the user's masks for one target, so that a new one is scored anew.

        None of a folder that is not there: the job then says what it should hold. A
        missing input would leave what an earlier folder led to.
        """
        folder = Path(self.masks_folder(wildcards))
        return sorted(map(str, folder.iterdir())) if folder.is_dir() else []

    def masks_version(self, wildcards: Wildcards) -> str:
        """Return a hash of the names, sizes and times of the user's masks.

        Snakemake sees only times after the last run, and those of files that were
        unpacked or copied with their times may be earlier.
        """
        stamps = list_files(Path(self.masks_folder(wildcards)))
        return hashlib.blake2b(repr(stamps).encode(), digest_size=8).hexdigest()

    # --- cases that are shown ---------------------------------------------------------

    def shown(self, benchmark: str) -> dict[tuple[str, str], str]:
        """Return the predictions whose cases are shown, each of a method once.

        Paths by target and ``"<method>/<source>"``; the source is `any` of methods that
        are not trained.
        """
        pairs = {}
        for pair in self.pairs(benchmark):
            if pair["seed"] > 1 or pair["checkpoint"] not in (ANY, LAST):
                continue
            shown = self.predicted(pair)
            run = f"{shown['method']}/{shown['source']}"
            pairs[shown["target"], run] = paths.PREDICTIONS.format(**shown)
        return pairs

    def turned_targets(self, wildcards: Wildcards) -> dict[str, bool]:
        """Return by domain whether volumes are in RAS order: the back at the top."""
        return {
            name: find_dataset(
                domain["dataset"], self.settings.own.get(domain["dataset"])
            ).canonical
            for name, domain in self.benchmark(wildcards)["domains"].items()
        }
