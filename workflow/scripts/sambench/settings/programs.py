"""Recipes of other programs: which of them can run here, and whether they are whole."""

from collections.abc import Mapping
from typing import Any

from sambench.errors import InputError
from sambench.external.program import environment_file, is_installed
from sambench.settings.grid import ALL, BENCHMARK, SINGLE


def without_absent(
    config: Mapping[str, Any], recipes: Mapping[str, Mapping[str, Any]], conda: bool
) -> tuple[dict[str, Any], list[str]]:
    """Leave the methods whose program is not there out of a configuration.

    Parameters
    ----------
    config : mapping
        The configuration.
    recipes : mapping
        Method to recipe, with what the configuration changes on every benchmark.
    conda : bool
        Whether Snakemake makes conda environments: then a program with one is there.

    Returns
    -------
    config : dict
        The configuration without them.
    lines : list of str
        How to get the program of each.

    Raises
    ------
    InputError
        If a list has no other methods, with these lines.
    """
    lines = {}
    for method, recipe in recipes.items():
        external = recipe["external"]
        if recipe["predictor"] != "external" or external is None:
            continue
        served = conda and environment_file(external) is not None
        if not served and not is_installed(external):
            lines[method] = (
                f"{method}: left out, as {external['executable']} is not installed. "
                f"To get it: {external['install']}"
            )
    lists = {"methods": config["methods"]}
    for name, chosen in config["select"].items():
        lists[f"select.{name}.methods"] = chosen.get("methods") or []
    for key, methods in lists.items():
        if methods and all(method in lines for method in methods):
            raise InputError(
                where=f"key '{key}'",
                found=f"only {', '.join(methods)}, of programs that are not installed",
                expected="a method that can run",
                remedy=" ".join(lines[method] for method in methods),
            )
    present = [method for method in config["methods"] if method not in lines]
    return {**config, "methods": present}, list(lines.values())


def check_program(
    recipe: Mapping[str, Any], benchmark: Mapping[str, Any], where: str
) -> None:
    """Refuse to train a program on several domains that show other structures each."""
    domains = len(benchmark["domains"])
    shared = benchmark["pairs"] == ALL and recipe["source"] == BENCHMARK
    if shared and domains > 1 and (recipe["external"] or {}).get("train"):
        raise InputError(
            where=f"{where}, key 'source'",
            found=f"'{recipe['source']}' on '{benchmark['id']}', one model of "
            f"{domains} domains that each show some structures only",
            expected=f"'{SINGLE}': a model of each",
            remedy="Set it in the recipe",
        )
