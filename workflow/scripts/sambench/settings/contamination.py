"""Which data sets published weights were trained on: no test on them is fair."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sambench.settings.catalogue import read_yaml
from sambench.settings.schema import validate

FILE = "contamination.yaml"


def read_contamination(folders: Sequence[Path]) -> dict[str, list[dict[str, str]]]:
    """Read by backbone what its weights were trained on, from the first such file."""
    for folder in folders:
        path = Path(folder) / FILE
        if path.is_file():
            return validate(read_yaml(path), "contamination", path)["backbones"]
    return {}


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


def has_seen(seen: Sequence[Mapping[str, str]], domain: Mapping[str, Any]) -> bool:
    """Return whether the data of a domain are among those that were trained on."""
    dataset = domain.get("dataset")
    names = {dataset, f"{dataset}/{domain.get('group')}"}
    return any(entry["data"] in names for entry in seen)
