"""The whole configuration, checked and resolved: the one object that rules ask."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sambench.data.layouts import LAYOUTS
from sambench.errors import InputError, unknown_name
from sambench.settings.availability import (
    Served,
    is_available,
    notice,
    require_something,
    serve,
)
from sambench.settings.catalogue import Catalogue
from sambench.settings.grid import ALL, Run, runs_of
from sambench.settings.narrowing import methods_of, narrow, reject_unknown
from sambench.settings.programs import absent, check_program, present
from sambench.settings.recipe import is_trained, recipe_for
from sambench.settings.schema import validate


@dataclass(frozen=True)
class Settings:
    """Configuration with its benchmarks, recipes and protocols.

    Attributes
    ----------
    config : dict
        The configuration with defaults.
    benchmarks : dict
        By id, narrowed to the domains, sources and targets that are selected.
    recipes : dict
        By benchmark id, then method id: the recipe as it runs there.
    protocols : dict
        By id, those that a benchmark asks for.
    registry : dict
        Data sets and weights by id, see `sambench.fetch.registry`.
    notice : str
        What the user has to do before or besides this run; empty if nothing.
    """

    config: dict[str, Any]
    benchmarks: dict[str, dict[str, Any]]
    recipes: dict[str, dict[str, dict[str, Any]]]
    protocols: dict[str, dict[str, Any]]
    registry: dict[str, Any]
    notice: str

    def runs(self, benchmark: str) -> list[Run]:
        """List the runs of one benchmark."""
        methods, seeds = self.recipes[benchmark], self.config["seeds"]
        return runs_of(self.benchmarks[benchmark], methods, seeds)

    def datasets(self) -> list[str]:
        """List the data sets that the selected domains are cut from."""
        used = {
            domain["dataset"]
            for benchmark in self.benchmarks.values()
            for domain in benchmark["domains"].values()
        }
        return sorted(used)

    def local_path(self, dataset: str) -> str | None:
        """Give the user's folder or archive of a data set, if there is one."""
        return self.config.get(f"{dataset}_path")

    def data_source(self, dataset: str) -> str:
        """Say whether a data set is `original` or `synthetic`."""
        given = self.local_path(dataset) is not None
        return "original" if given else self.config["data_source"]

    def origin(self, benchmark: str, dataset: str) -> str:
        """Say what the cases of a data set count as in a benchmark.

        Returns
        -------
        str
            `synthetic`, or what the benchmark calls original data.
        """
        source = self.data_source(dataset)
        return self.benchmarks[benchmark]["origin"] if source == "original" else source

    def is_available(self, dataset: str) -> bool:
        """Say whether a data set can be had without a further step of the user."""
        return is_available(dataset, self.config, self.registry)

    def fetched(self) -> list[str]:
        """List the data sets that are downloaded."""
        return [
            name
            for name in self.datasets()
            if self.data_source(name) == "original" and self.local_path(name) is None
        ]

    def files_of(self, dataset: str) -> list[str]:
        """List the files of a data set that its domains need."""
        groups = {
            domain["group"]
            for benchmark in self.benchmarks.values()
            for domain in benchmark["domains"].values()
            if domain["dataset"] == dataset
        }
        return self.registry[dataset].needed(groups)

    def accepted(self, name: str) -> bool:
        """Say whether the user accepts the terms of a data set or of weights."""
        return name in self.config["accept_terms"]


def load_settings(
    config: Mapping[str, Any],
    folders: Sequence[Path],
    where: str = "the configuration",
    environments: bool = False,
) -> Settings:
    """Validate a configuration and load every file that it names.

    Parameters
    ----------
    config : mapping
        The merged configuration, as Snakemake hands it over.
    folders : sequence of Path
        The `config/` folders to look in, the user's own first.
    where : str
        The files the configuration was merged from, for messages.
    environments : bool
        Whether Snakemake makes conda environments, and other programs in them.

    Raises
    ------
    InputError
        For an unknown key, benchmark, method, domain or data set (the valid names are
        listed), and for data that are neither synthetic nor given.
    """
    # The registry is read with the means of this package.
    from sambench.fetch.registry import load_registry

    config = validate(config, "config", where)
    catalogue = Catalogue(folders)
    registry = load_registry(folders)
    served = {
        name: _served(
            catalogue.load("benchmarks", name, "benchmarks"), config, registry
        )
        for name in config["benchmarks"]
    }
    benchmarks = {name: what.benchmark for name, what in served.items()}
    reject_unknown("select", "benchmark", config["select"], config["benchmarks"])
    if isinstance(config["image_size"], Mapping):
        sized = config["image_size"]
        reject_unknown("image_size", "benchmark", sized, config["benchmarks"])
    recipes = catalogue.load_all("methods", config["methods"], "methods")
    known = catalogue.names("methods")
    reject_unknown("overrides", "method", config["overrides"], known)
    missing = absent(recipes, config["overrides"], environments)
    config = {**config, "methods": present(config["methods"], missing)}
    protocols = {
        protocol: catalogue.load("protocols", protocol, f"select.{name}.protocols")
        for name, benchmark in benchmarks.items()
        for protocol in benchmark["protocols"]
    }
    settings = Settings(
        config=config,
        benchmarks=benchmarks,
        recipes={
            name: {
                method: _resolved(
                    recipes[method],
                    catalogue.lineage("benchmarks", name),
                    config["overrides"].get(method, {}),
                    benchmark,
                )
                for method in methods_of(benchmark, config, recipes, known)
            }
            for name, benchmark in benchmarks.items()
        },
        protocols=protocols,
        registry=registry,
        notice="\n".join(
            filter(None, [notice(served, config, registry), *missing.values()])
        ),
    )
    _check_data(settings)
    _check_trainings(settings)
    return settings


def _served(
    benchmark: dict[str, Any], config: dict[str, Any], registry: dict[str, Any]
) -> Served:
    """Narrow a benchmark to the domains that are selected and can be had."""
    name = benchmark["id"]
    narrowed = narrow(benchmark, config["select"].get(name, {}))

    def available(dataset: str) -> bool:
        return is_available(dataset, config, registry)

    served = serve(narrowed, len(benchmark["domains"]), available)
    require_something(name, served, registry)
    return served


def _resolved(
    recipe: dict[str, Any],
    lineage: Sequence[str],
    override: Mapping[str, Any],
    benchmark: Mapping[str, Any],
) -> dict[str, Any]:
    resolved = recipe_for(recipe, lineage, override)
    name = recipe["id"]
    where = f"recipe '{name}' on '{lineage[-1]}' with key 'overrides.{name}'"
    resolved = validate(resolved, "method", where)
    check_program(resolved, benchmark, where)
    training = resolved["training"] or {}
    horizon = training and training["schedule"]["horizon_epochs"]
    if horizon and horizon < training["epochs"]:
        raise InputError(
            where=f"{where}, key 'training.schedule.horizon_epochs'",
            found=f"{horizon} epochs",
            expected=f"at least those trained, {training['epochs']}",
            remedy="Raise it too: the learning rate reaches zero there",
        )
    return resolved


def _check_data(settings: Settings) -> None:
    for key, value in settings.config.items():
        dataset = key.removesuffix("_path")
        if key.endswith("_path") and dataset not in LAYOUTS:
            raise unknown_name(
                "the configuration", "key", key, [f"{name}_path" for name in LAYOUTS]
            )
        if key.endswith("_path") and value and not Path(value).exists():
            raise InputError(
                where=f"key '{key}'",
                found=f"'{value}', which does not exist",
                expected="a folder, a zip, a tar or a 7z of the data set",
                remedy="Correct the path (relative to the folder you run in)",
            )
    for name in settings.config["accept_terms"]:
        if name not in settings.registry:
            raise unknown_name(
                "key 'accept_terms'", "data set", name, settings.registry
            )


def _check_trainings(settings: Settings) -> None:
    """Refuse trainings on the very cases that are tested."""
    for name, benchmark in settings.benchmarks.items():
        if benchmark["pairs"] != ALL or benchmark["split"]["rule"] != "none":
            continue
        recipes = settings.recipes[name]
        trained = [method for method in recipes if is_trained(recipes[method])]
        if trained:
            free = [method for method in recipes if method not in trained]
            raise InputError(
                where=f"benchmark '{name}', which keeps no case for training",
                found=f"methods that train: {', '.join(trained)}",
                expected=f"others, such as {', '.join(free) or 'box'}",
                remedy=f"List those in select.{name}.methods",
            )
