"""Checks of single files, and of overrides: names and values that mean nothing."""

from collections.abc import Iterable, Mapping
from typing import Any

from sambench.data.datasets import DATASETS
from sambench.errors import InputError, require_known, unknown_name


def check_benchmark(benchmark: Mapping[str, Any], known: Iterable[str]) -> None:
    """Refuse names in a benchmark that mean nothing.

    Parameters
    ----------
    benchmark : mapping
        The whole file.
    known : iterable of str
        Every data set that there is.

    Raises
    ------
    InputError
        With the valid names.
    """
    where, domains = f"benchmark '{benchmark['id']}'", benchmark["domains"]
    for role in ("sources", "targets"):
        require_known(f"{where}, key '{role}'", "domain", benchmark[role], domains)
    preparations, used = benchmark["preparations"], set()
    for name, preparation in preparations.items():
        _check_ranges(preparation, f"{where}, key 'preparations.{name}")
    for name, domain in domains.items():
        place = f"{where}, key 'domains.{name}"
        for offer in (domain, *domain.get("alternatives", [])):
            dataset, structures = offer["dataset"], offer["structures"]
            require_known(f"{place}.dataset'", "data set", [dataset], known)
            used.add(dataset)
            preparation = offer.get("preparation", domain["preparation"])
            where_named = f"{place}.preparation'"
            require_known(where_named, "preparation", [preparation], preparations)
            if preparations[preparation]["mask_anti_aliasing"]:
                _check_single(structures, f"{place}.structures'")
            if dataset not in DATASETS:
                continue
            _check_kind(dataset, benchmark["kind"], f"{place}.dataset'")
            kind, labels = f"label value of {dataset}", DATASETS[dataset].labels
            for structure, values in structures.items():
                named = f"{place}.structures.{structure}'"
                require_known(named, kind, values, labels)
    place = f"{where}, key 'datasets"
    require_known(f"{place}'", "data set", benchmark["datasets"], used)
    for name, options in benchmark["datasets"].items():
        if name in DATASETS:
            DATASETS[name].check_options(options, f"{place}.{name}'")


def _check_single(structures: Mapping[str, Any], place: str) -> None:
    """Refuse several structures in masks that are smoothed: they would become one."""
    if len(structures) > 1:
        raise InputError(
            where=place,
            found=f"{len(structures)} structures",
            expected="one, as its preparation has mask_anti_aliasing",
            remedy="Make a domain of each, or choose another preparation",
        )


def _check_kind(dataset: str, kind: str, place: str) -> None:
    if DATASETS[dataset].kind != kind:
        raise InputError(
            where=place,
            found=f"{dataset}, whose cases are of kind {DATASETS[dataset].kind}",
            expected=f"kind {kind} as in the whole benchmark",
            remedy="Correct the data set of the domain or the kind of the benchmark",
        )


def _check_ranges(preparation: Mapping[str, Any], place: str) -> None:
    """Refuse ranges that are none; the rest of a preparation is the schema's matter."""
    clip = preparation["clip"] or {}
    ranges = {f"clip.{key}": clip.get(key) for key in ("window", "percentiles")}
    for key, pair in {**ranges, "rescale": preparation["rescale"]}.items():
        if pair is not None and pair[0] >= pair[1]:
            raise InputError(
                where=f"{place}.{key}'",
                found=repr(pair),
                expected="[low, high]",
                remedy="Correct the benchmark",
            )


def check_overrides(
    overrides: Mapping[str, Mapping[str, Any]], benchmarks: Iterable[str]
) -> None:
    """Refuse unknown benchmarks in what the configuration changes of recipes."""
    for method, change in overrides.items():
        where = f"key 'overrides.{method}.per_benchmark'"
        named = change.get("per_benchmark", {})
        require_known(where, "benchmark", named, benchmarks)


def check_recipe(
    recipe: Mapping[str, Any], benchmarks: Iterable[str], where: object
) -> None:
    """Refuse names in a recipe's file that mean nothing.

    Parameters
    ----------
    recipe : mapping
        The whole file, with what it inherits.
    benchmarks : iterable of str
        Every benchmark that there is.
    where : object
        The file.

    Raises
    ------
    InputError
        With the valid names.
    """
    place, named = f"{where}, key 'per_benchmark'", recipe["per_benchmark"]
    require_known(place, "benchmark", named, benchmarks)
    for stated in recipe["provenance"]:
        value: Any = recipe
        for name in stated.split("."):
            part = isinstance(value, Mapping) and "name" in value
            if not isinstance(value, Mapping) or (name not in value and not part):
                valid = value if isinstance(value, Mapping) else recipe
                place = f"{where}, key 'provenance'"
                raise unknown_name(place, "value", stated, valid)
            value = value.get(name)
            if part and value is None:
                break
