"""The user's own data sets, from the key `data` of the configuration."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sambench.data.datasets import DATASETS
from sambench.data.own.description import describe
from sambench.errors import InputError
from sambench.settings.schema import validate
from sambench.settings.yaml_file import read_yaml


def own_data(
    data: Mapping[str, Any], files: Sequence[Path], where: str
) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    """Complete and check the data sets that the configuration describes.

    Parameters
    ----------
    data : mapping
        The key `data`.
    files : sequence of Path
        The configuration files, the last one first in force; paths in a data set are
        relative to the file that describes it.
    where : str
        The configuration's name, for messages.

    Returns
    -------
    described : dict
        Id to description, see `sambench.data.own.description.describe`.
    absolute : dict
        The key `data` again, with absolute paths.

    Raises
    ------
    InputError
        If an id is taken, or a description is wrong.
    """
    described, absolute = {}, {}
    for dataset, entry in data.items():
        if dataset in DATASETS:
            raise InputError(
                where=f"{where}, key 'data.{dataset}'",
                found="the id of a data set that sambench knows",
                expected="another id",
                remedy=f"Call it my_{dataset}, or give '{dataset}_path'",
            )
        entry = validate(entry, "own_data", where, f"data.{dataset}")
        base = _folder_of(dataset, files)
        described[dataset] = describe(dataset, entry, base)
        absolute[dataset] = _absolute(entry, base)
    return described, absolute


def _absolute(entry: Mapping[str, Any], base: Path) -> dict[str, Any]:
    changed: dict[str, Any] = {"folder": str(base / entry["folder"])}
    if entry["split"]:
        changed["split"] = str(base / entry["split"])
    changed["cases"] = {
        site: {**cases, **_table_of(cases, base)}
        for site, cases in entry["cases"].items()
    }
    return {**entry, **_table_of(entry, base), **changed}


def _table_of(entry: Mapping[str, Any], base: Path) -> dict[str, str]:
    patient = entry.get("patient") or ""
    table = patient.lower().endswith(".csv")
    return {"patient": str(base / patient)} if table else {}


def _folder_of(dataset: str, files: Sequence[Path]) -> Path:
    """Return the folder of the file that describes a data set; else where we run."""
    for path in reversed(files):
        try:
            described = read_yaml(Path(path)).get("data") or {}
        except (OSError, InputError):
            continue
        if dataset in described:
            return Path(path).resolve().parent
    return Path.cwd()
