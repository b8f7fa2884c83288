"""Whether the configuration runs what a file is of: for files named by hand."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from sambench.errors import InputError, unknown_name
from sambench.settings.checkpoints import CHECKPOINTS
from sambench.settings.grid import sources_of, targets_of
from sambench.settings.recipe import is_trained

if TYPE_CHECKING:
    from sambench.settings.settings import Settings

ANY = "any"  # the source of predictions that no training precedes


def check_request(
    settings: "Settings", names: Mapping[str, str], trained: bool = False
) -> None:
    """Refuse a file of something that the configuration does not run.

    Parameters
    ----------
    settings : Settings
        The configuration.
    names : mapping
        Wildcards of the file: any of `dataset`, `benchmark`, `domain`, `method`,
        `source`, `target`, `seed`, `checkpoint`, `protocol` and `metric`.
    trained : bool
        Whether the file is of a training.
    """
    if "dataset" in names:
        _known("data set", names["dataset"], settings.datasets(), "`benchmarks`")
    if "benchmark" not in names:
        return
    name = names["benchmark"]
    _known("benchmark", name, settings.benchmarks, "`benchmarks`")
    benchmark = settings.benchmarks[name]
    if "domain" in names:
        _known("domain", names["domain"], benchmark["domains"], f"`select.{name}`")
    if "protocol" in names:
        added = f"`select.{name}.protocols`"
        _known("protocol", names["protocol"], benchmark["protocols"], added)
    if "method" in names:
        _check_run(settings, names, trained)
    elif "target" in names:
        _known("target", names["target"], benchmark["targets"], f"`select.{name}`")
    if "seed" in names and not 1 <= int(names["seed"]) <= settings.config["seeds"]:
        raise InputError(
            where="the file asked for",
            found=f"seed {names['seed']}",
            expected=f"1 to {settings.config['seeds']}",
            remedy="Raise `seeds`",
        )


def _check_run(settings: "Settings", names: Mapping[str, str], trained: bool) -> None:
    name, method = names["benchmark"], names["method"]
    benchmark, recipes = settings.benchmarks[name], settings.recipes[name]
    _known(
        f"method on '{name}':",
        method,
        recipes,
        f"`methods`, and to `select.{name}.methods` if there is one",
    )
    recipe = recipes[method]
    if trained and not is_trained(recipe):
        able = [each for each in recipes if is_trained(recipes[each])]
        raise InputError(
            where="the file asked for",
            found=f"a training of '{method}', which is not trained",
            expected=f"one of {', '.join(able) or 'none: no method is trained'}",
            remedy=f"Its predictions are in results/predictions/{name}/{method}/{ANY}",
        )
    if "checkpoint" in names:
        valid = CHECKPOINTS if is_trained(recipe) else (ANY,)
        what = f"choice of weights of '{method}':"
        _known(what, names["checkpoint"], valid, "the protocols")
    if "source" not in names:
        return
    sources = sources_of(benchmark, recipe)
    free = not is_trained(recipe) and names["source"] == ANY
    if not free:
        _known("source", names["source"], sources, f"`select.{name}.sources`")
    if "target" in names:
        targets = targets_of(benchmark, ANY if free else names["source"])
        _known(
            f"target of the source '{names['source']}':",
            names["target"],
            benchmark["targets"] if free else targets,
            f"`select.{name}.targets`",
        )


def _known(kind: str, name: str, valid: Iterable[str], added: str) -> None:
    if name not in valid:
        where = "the file asked for"
        raise unknown_name(where, kind, name, valid, f"it to {added}")
