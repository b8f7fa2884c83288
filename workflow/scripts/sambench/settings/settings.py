"""The whole configuration, checked and resolved: the one object that rules ask."""

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from sambench.data.datasets import DATASETS
from sambench.errors import require_known
from sambench.settings.availability import is_available, notice, offers_of
from sambench.settings.catalogue import Catalogue
from sambench.settings.checks import check_settings, idle_methods, sides_of
from sambench.settings.contamination import read_contamination
from sambench.settings.datasets import Entry, load_registry
from sambench.settings.document_checks import check_overrides
from sambench.settings.grid import Run, runs_of
from sambench.settings.inline_benchmarks import split_benchmarks
from sambench.settings.narrowing import methods_of
from sambench.settings.own_data import own_data
from sambench.settings.presets import with_preset
from sambench.settings.programs import without_absent
from sambench.settings.recipe import recipe_for
from sambench.settings.resolution import resolved_recipe, served_benchmark
from sambench.settings.schema import validate
from sambench.settings.yaml_file import refuse_twice


@dataclass(frozen=True)
class Settings:
    """Configuration with its benchmarks, recipes and protocols.

    Attributes
    ----------
    config : dict
        The configuration with defaults, and benchmarks by id.
    given : dict
        The configuration as it may be run again from anywhere: with defaults, and
        absolute paths of the user's data.
    benchmarks : dict
        By id, narrowed to the domains, sources and targets that are selected.
    recipes : dict
        By benchmark id, then method id: the recipe as it runs there, with `told` (what
        its prompt reveals of the label), `changed` (values that the configuration
        changed, old and new, by dotted key) and `seen` (data that its weights were
        trained on before).
    protocols : dict
        By id, those that a benchmark asks for.
    registry : dict
        Data sets and weights by id, see `sambench.settings.datasets`.
    notice : str
        What the user has to do before or besides this run; empty if nothing.
    own : dict
        Descriptions of the user's own data sets, see `sambench.data.own`.
    catalogue : Catalogue
        Where benchmarks, methods and protocols are found.
    whole : dict
        Benchmarks by id, before they were narrowed.
    """

    config: dict[str, Any]
    given: dict[str, Any]
    benchmarks: dict[str, dict[str, Any]]
    recipes: dict[str, dict[str, dict[str, Any]]]
    protocols: dict[str, dict[str, Any]]
    registry: dict[str, Entry]
    notice: str
    own: dict[str, dict[str, Any]]
    catalogue: Catalogue
    whole: dict[str, dict[str, Any]]

    def runs(self, benchmark: str) -> list[Run]:
        """List the runs of one benchmark."""
        methods, seeds = self.recipes[benchmark], self.config["seeds"]
        return runs_of(self.benchmarks[benchmark], methods, seeds)

    def datasets(self) -> list[str]:
        """List the data sets that the selected domains are cut from."""
        return sorted({domain["dataset"] for domain in self._domains()})

    def own_site(self, dataset: str, group: str) -> dict[str, Any] | None:
        """Return the description of one site of the user's data set."""
        whole = self.own.get(dataset)
        return whole and {**whole, "sites": {group: whole["sites"][group]}}

    def local_path(self, dataset: str) -> str | None:
        """Return the user's folder or archive of a data set, if there is one."""
        return self.config.get(f"{dataset}_path")

    def data_source(self, dataset: str) -> str:
        """Return whether a data set is `original` or `synthetic`."""
        given = self.local_path(dataset) is not None
        return "original" if given else self.config["data_source"]

    def origin(self, benchmark: str, dataset: str) -> str:
        """Return what the cases of a data set count as in a benchmark.

        Returns
        -------
        str
            `synthetic`, or what the benchmark calls original data.
        """
        source = self.data_source(dataset)
        return self.benchmarks[benchmark]["origin"] if source == "original" else source

    def is_available(self, dataset: str) -> bool:
        """Return whether a data set is available without further steps."""
        return is_available(dataset, self.config, self.registry)

    def fetched(self) -> list[str]:
        """List the data sets that are downloaded."""
        return [
            name
            for name in self.datasets()
            if self.data_source(name) == "original" and self.local_path(name) is None
        ]

    def groups(self, dataset: str) -> list[str]:
        """List the groups of a data set that the selected domains are cut from."""
        found = (d for d in self._domains() if d["dataset"] == dataset)
        return sorted({domain["group"] for domain in found})

    def _domains(self) -> Iterator[dict[str, Any]]:
        for benchmark in self.benchmarks.values():
            yield from benchmark["domains"].values()

    def files_of(self, dataset: str) -> list[str]:
        """List the files of a data set that its domains need."""
        return self.registry[dataset].needed(self.groups(dataset))

    def data_sources(self, benchmark: str) -> str:
        """Return whether data are original or synthetic; joined by "+" if both are."""
        domains = self.benchmarks[benchmark]["domains"].values()
        return "+".join(sorted({self.data_source(d["dataset"]) for d in domains}))

    def image_size(self, benchmark: str) -> Any:
        """Return the size of packed slices, if the configuration sets it."""
        size = self.config["image_size"]
        return size.get(benchmark) if isinstance(size, dict) else size

    def totals(self) -> dict[str, int]:
        """Return the number of domains of each benchmark before it was narrowed."""
        return {name: len(whole["domains"]) for name, whole in self.whole.items()}

    def offers(self) -> dict[str, list[dict[str, str]]]:
        """Return the data sets that can serve the domains of each benchmark."""
        return {
            name: offers_of(
                whole,
                self.benchmarks[name],
                self.is_available,
                partial(self.origin, name),
            )
            for name, whole in self.whole.items()
        }

    def accepted(self, name: str) -> bool:
        """Return whether the user accepts the terms of a data set or of weights."""
        return name in self.config["accept_terms"]


def load_settings(
    config: Mapping[str, Any],
    folders: Sequence[Path],
    where: str = "the configuration",
    files: Sequence[Path] = (),
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
    files : sequence of Path
        The same files; paths of the key `data` are relative to them.
    environments : bool
        Whether Snakemake makes conda environments, and other programs in them.

    Raises
    ------
    InputError
        For an unknown key, benchmark, method, domain or data set (the valid names are
        listed), and for data that are neither synthetic nor given.
    """
    for path in files:
        refuse_twice(Path(path))
    config = validate(config, "config", where)
    own, data = own_data(config["data"], files, where)
    given = deepcopy(config) | {"data": data}
    config |= {f"{name}_path": described["folder"] for name, described in own.items()}
    entries = config["benchmarks"]
    names, inline = split_benchmarks(entries, own, Catalogue(folders), where)
    sized = [b["id"] for b in entries if isinstance(b, Mapping) and b.get("size")]
    config = with_preset(config | {"benchmarks": names}, folders, sized)
    catalogue = Catalogue(folders, inline)
    registry = load_registry(folders)
    whole = catalogue.load_all("benchmarks", config["benchmarks"], "benchmarks")
    served = {
        name: served_benchmark(benchmark, config, registry, [*DATASETS, *own])
        for name, benchmark in whole.items()
    }
    benchmarks = {name: what.benchmark for name, what in served.items()}
    for key in ("select", "image_size"):
        if isinstance(named := config[key], Mapping):
            require_known(f"key '{key}'", "benchmark", named, config["benchmarks"])
    recipes = catalogue.load_all("methods", config["methods"], "methods")
    backbones = read_contamination(folders)
    known = catalogue.names("methods")
    require_known("key 'overrides'", "method", config["overrides"], known)
    overridden = {
        name: recipe_for(recipe, [], config["overrides"].get(name, {}))
        for name, recipe in recipes.items()
    }
    for name in config["overrides"].keys() & recipes.keys():
        where = f"recipe '{name}' with key 'overrides.{name}'"
        validate(overridden[name], "method", where)
    config, missing = without_absent(config, overridden, environments)
    check_overrides(config["overrides"], [*catalogue.names("benchmarks"), *inline])
    protocols = {
        protocol: catalogue.load("protocols", protocol, f"select.{name}.protocols")
        for name, benchmark in benchmarks.items()
        for protocol in benchmark["protocols"]
    }
    settings = Settings(
        config=config,
        given=given,
        benchmarks=benchmarks,
        recipes={
            name: {
                method: resolved_recipe(
                    recipes[method],
                    catalogue.lineage("benchmarks", name),
                    config["overrides"].get(method, {}),
                    sides_of(benchmark, config["image_size"]),
                    backbones,
                    benchmark,
                )
                for method in methods_of(benchmark, config, overridden, known)
            }
            for name, benchmark in benchmarks.items()
        },
        protocols=protocols,
        registry=registry,
        notice="",
        own=own,
        catalogue=catalogue,
        whole=whole,
    )
    check_settings(settings)
    lines = [*idle_methods(settings), *notice(served, config, registry), *missing]
    return replace(settings, notice="\n".join(lines))
