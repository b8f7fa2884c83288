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
    _known(names, "dataset", "data set", settings.datasets(), "`benchmarks`")
    _known(names, "benchmark", "benchmark", settings.benchmarks, "`benchmarks`")
    if "benchmark" not in names:
        return
    name = names["benchmark"]
    benchmark, select = settings.benchmarks[name], f"`select.{name}"
    protocols = benchmark["protocols"]
    _known(names, "domain", "domain", benchmark["domains"], f"{select}`")
    _known(names, "protocol", "protocol", protocols, f"{select}.protocols`")
    if "method" in names:
        _check_run(settings, names, trained)
    else:
        _known(names, "target", "target", benchmark["targets"], f"{select}`")
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
    select = f"`select.{name}"
    added = f"`methods`, and to {select}.methods` if there is one"
    _known(names, "method", f"method on '{name}':", recipes, added)
    recipe = recipes[method]
    if trained and not is_trained(recipe):
        able = [each for each in recipes if is_trained(recipes[each])]
        raise InputError(
            where="the file asked for",
            found=f"a training of '{method}', which is not trained",
            expected=f"one of {', '.join(able) or 'none: no method is trained'}",
            remedy=f"Its predictions are in results/predictions/{name}/{method}/{ANY}",
        )
    weights = CHECKPOINTS if is_trained(recipe) else (ANY,)
    kind = f"choice of weights of '{method}':"
    _known(names, "checkpoint", kind, weights, "the protocols")
    source = names.get("source")
    if source is None:
        return
    targets = benchmark["targets"]
    if is_trained(recipe) or source != ANY:
        sources = sources_of(benchmark, recipe)
        _known(names, "source", "source", sources, f"{select}.sources`")
        targets = targets_of(benchmark, source)
    kind = f"target of the source '{source}':"
    _known(names, "target", kind, targets, f"{select}.targets`")


def _known(
    names: Mapping[str, str], key: str, kind: str, valid: Iterable[str], added: str
) -> None:
    """Refuse a wildcard that is none of the valid names; one that is not there passes.

    `added` is the key of the configuration that the name could be added to.
    """
    if key in names and names[key] not in valid:
        where = "the file asked for"
        raise unknown_name(where, kind, names[key], valid, f"it to {added}")
