"""Checks of single files, and of overrides: names that mean nothing."""

from collections.abc import Iterable, Mapping
from typing import Any

from sambench.data.datasets import DATASETS
from sambench.errors import InputError, unknown_name


def check_benchmark(benchmark: Mapping[str, Any], known: Iterable[str]) -> None:
    """Refuse names in a benchmark's file that mean nothing; data sets are `known`."""
    where, domains = f"benchmark '{benchmark['id']}'", benchmark["domains"]
    for role in ("sources", "targets"):
        for name in benchmark[role]:
            if name not in domains:
                raise unknown_name(f"{where}, key '{role}'", "domain", name, domains)
    used = set()
    for name, domain in domains.items():
        for offer in (domain, *domain.get("alternatives", [])):
            place = f"{where}, key 'domains.{name}"
            if offer["dataset"] not in known:
                raise unknown_name(
                    f"{place}.dataset'", "data set", offer["dataset"], known
                )
            preparation = offer.get("preparation", domain["preparation"])
            if preparation not in benchmark["preparations"]:
                valid = benchmark["preparations"]
                raise unknown_name(
                    f"{place}.preparation'", "preparation", preparation, valid
                )
            used.add(offer["dataset"])
            _check_structures(offer, f"{place}.structures")
    for name, options in benchmark["datasets"].items():
        place = f"{where}, key 'datasets"
        if name not in used:
            raise unknown_name(f"{place}'", "data set", name, used)
        if name in DATASETS:
            DATASETS[name].check_options(options, f"{place}.{name}'")


def _check_structures(offer: Mapping[str, Any], place: str) -> None:
    if offer["dataset"] not in DATASETS:
        return
    labels = DATASETS[offer["dataset"]].labels
    for name, values in offer["structures"].items():
        absent = sorted(set(values) - labels)
        if absent:
            raise InputError(
                where=f"{place}.{name}'",
                found=f"the label value {absent[0]}",
                expected=f"values of {offer['dataset']}: "
                + ", ".join(map(str, sorted(labels))),
                remedy="Correct the value",
            )


def check_overrides(
    overrides: Mapping[str, Mapping[str, Any]], benchmarks: Iterable[str]
) -> None:
    """Refuse what an override cannot change, and unknown benchmarks."""
    for method, change in overrides.items():
        where = f"key 'overrides.{method}"
        for name in change.get("per_benchmark", {}):
            if name not in benchmarks:
                place = f"{where}.per_benchmark'"
                raise unknown_name(place, "benchmark", name, benchmarks)
        for key in ("id", "like"):
            if key in change:
                raise InputError(
                    where=f"{where}.{key}'",
                    found=repr(change[key]),
                    expected="values to change",
                    remedy="Write your own recipe in config/methods",
                )


def check_recipe(
    recipe: Mapping[str, Any], benchmarks: Iterable[str], where: object
) -> None:
    """Refuse names in a recipe's file, with what it inherits, that mean nothing."""
    for name in recipe["per_benchmark"]:
        if name not in benchmarks:
            place = f"{where}, key 'per_benchmark'"
            raise unknown_name(place, "benchmark", name, benchmarks)
    for stated in recipe["provenance"]:
        value: Any = recipe
        for name in stated.split("."):
            part = isinstance(value, Mapping) and "name" in value
            if not isinstance(value, Mapping) or (name not in value and not part):
                valid = (
                    recipe
                    if value is recipe or not isinstance(value, Mapping)
                    else value
                )
                place = f"{where}, key 'provenance'"
                raise unknown_name(place, "value", stated, valid)
            value = value.get(name)
            if part and value is None:
                break
