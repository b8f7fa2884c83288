"""Checks of the configuration as a whole: names, labels, paths, pairs, sizes."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sambench.data.datasets import DATASETS
from sambench.errors import InputError, require_known
from sambench.settings.contamination import check_seen
from sambench.settings.grid import ALL
from sambench.settings.level_field import check_level_field
from sambench.settings.recipe import is_trained

if TYPE_CHECKING:
    from sambench.settings.settings import Settings


def check_settings(settings: "Settings") -> None:
    """Refuse what each file allows and what cannot run together, at the first fault."""
    _check_data(settings)
    _check_options(settings)
    _check_labels(settings)
    _check_trainings(settings)
    sets = {n for n, entry in settings.registry.items() if entry.kind == "datasets"}
    for name, recipes in settings.recipes.items():
        check_level_field(name, recipes)
        for recipe in recipes.values():
            check_seen(recipe, {*DATASETS, *settings.own, *sets})


def sides_of(benchmark: Mapping[str, Any], image_size: Any) -> dict[str, int]:
    """Return the sides of a benchmark's packed slices, by the key that sets them.

    Those that keep the size of the files are left out; `image_size` is the key of the
    configuration.
    """
    name, key = benchmark["id"], "image_size"
    if isinstance(image_size, Mapping):
        key, image_size = f"image_size.{name}", image_size.get(name)
    if image_size is not None:
        return {f"key '{key}'": image_size}
    used = {domain["preparation"] for domain in benchmark["domains"].values()}
    return {
        f"benchmark '{name}', key 'preparations.{each}.size'": size
        for each in sorted(used)
        if (size := benchmark["preparations"][each]["size"])
    }


def idle_methods(settings: "Settings") -> list[str]:
    """List in words the methods that run nowhere, or that only `select` knows."""
    lines, selected = [], {}
    for name in settings.benchmarks:
        if listed := settings.config["select"].get(name, {}).get("methods"):
            selected[f"select.{name}.methods"] = listed
    for method in settings.config["methods"]:
        if any(method in recipes for recipes in settings.recipes.values()):
            continue
        lists = [key for key, listed in selected.items() if method not in listed]
        why = f"{' and '.join(lists)} list others" if lists else "no benchmark fits it"
        lines.append(f"method '{method}' runs nowhere: {why}. Add it there to run it.")
    for key, listed in selected.items():
        if more := [name for name in listed if name not in settings.given["methods"]]:
            lines.append(
                f"{key} has {', '.join(more)}, which `methods` does not: left out"
            )
    return lines


def _check_data(settings: "Settings") -> None:
    for key, value in settings.config.items():
        if key.endswith("_path") and value and not Path(value).exists():
            raise InputError(
                where=f"key '{key}'",
                found=f"'{value}', which does not exist",
                expected="a folder, a zip, a tar or a 7z of the data set",
                remedy="Correct the path (relative to the folder you run in)",
            )
    accepted = settings.config["accept_terms"]
    require_known("key 'accept_terms'", "data set", accepted, settings.registry)


def _check_options(settings: "Settings") -> None:
    """Refuse several ways of reading one data set: it is read once."""
    known: dict[str, tuple[str, dict[str, Any]]] = {}
    for name, benchmark in settings.benchmarks.items():
        used = {domain["dataset"] for domain in benchmark["domains"].values()}
        for dataset in sorted(used & DATASETS.keys()):
            defaults = {key: v[0] for key, v in DATASETS[dataset].options.items()}
            options = defaults | benchmark["datasets"].get(dataset, {})
            first, before = known.setdefault(dataset, (name, options))
            if options != before:
                raise InputError(
                    where=f"benchmark '{name}', key 'datasets.{dataset}'",
                    found=f"{options}, while '{first}' has {before}",
                    expected="one way of reading a data set in a run",
                    remedy="Run one of them apart, into other results (`pathvars`)",
                )


def _check_labels(settings: "Settings") -> None:
    """Refuse one label for two things that share a table or a figure."""
    methods = {
        name: recipe
        for recipes in settings.recipes.values()
        for name, recipe in recipes.items()
    }
    _check_unique("methods", "method", methods)
    _check_unique("benchmarks", "benchmark", settings.benchmarks)
    for name, benchmark in settings.benchmarks.items():
        _check_unique(f"benchmarks: {name}", "domain", benchmark["domains"])
        protocols = {p: settings.protocols[p] for p in benchmark["protocols"]}
        _check_unique(f"benchmarks: {name}", "protocol", protocols)


def _check_unique(key: str, kind: str, named: Mapping[str, Mapping[str, Any]]) -> None:
    labels: dict[str, str] = {}
    for name, document in named.items():
        label = " ".join(document["label"].split())
        if label in labels:
            raise InputError(
                where=f"key '{key}'",
                found=f"the label '{label}' for both '{labels[label]}' and '{name}'",
                expected=f"a label for each {kind}: tables and figures show it",
                remedy=f"Change the key 'label' of one {kind}",
            )
        labels[label] = name


def _check_trainings(settings: "Settings") -> None:
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
