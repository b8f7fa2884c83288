"""Which data sets published weights were trained on: no test on them is fair."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sambench.errors import require_known

FILE = "contamination.yaml"


def read_contamination(folders: Sequence[Path]) -> dict[str, list[dict[str, str]]]:
    """Read by backbone what its weights were trained on, from the first such file."""
    # Tables import this module for `has_seen` alone.
    from sambench.settings.schema import validate
    from sambench.settings.yaml_file import find_in, read_yaml

    path = find_in(folders, FILE)
    return validate(read_yaml(path), "contamination", path)["backbones"] if path else {}


def seen_by(
    recipe: Mapping[str, Any], backbones: Mapping[str, list[dict[str, str]]]
) -> list[dict[str, str]]:
    """List the data that a method's weights were trained on before this run.

    Returns
    -------
    list of dict
        `data` (a data set, or data set and group as ``"saml_prostate/UCL"``), `source`
        and `confidence` of the statement.
    """
    backbone = (recipe.get("network") or {}).get("backbone")
    return [*backbones.get(backbone, []), *recipe.get("trained_on", [])]


def check_seen(recipe: Mapping[str, Any], known: Iterable[str]) -> None:
    """Refuse data sets that nobody knows among those that weights were trained on.

    `known` are the ids of all data sets; the recipe has `seen`, see `seen_by`.
    """
    for entry in recipe["seen"]:
        where = f"recipe '{recipe['id']}', key 'trained_on'"
        if entry not in recipe["trained_on"]:
            where = f"{FILE}, key 'backbones.{recipe['network']['backbone']}'"
        require_known(where, "data set", [entry["data"].split("/")[0]], known)


def has_seen(seen: Sequence[Mapping[str, str]], domain: Mapping[str, Any]) -> bool:
    """Return whether the data of a domain are among those that were trained on."""
    dataset = domain.get("dataset")
    names = {dataset, f"{dataset}/{domain.get('group')}"}
    return any(entry["data"] in names for entry in seen)
