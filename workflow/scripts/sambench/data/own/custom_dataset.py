"""A data set that the user's own Python code reads."""

from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from sambench.data.datasets.dataset import Dataset
from sambench.errors import InputError
from sambench.plugins import source_digest


def describe_custom(
    dataset_id: str, entry: Mapping[str, Any], folder: Path, where: str
) -> dict[str, Any]:
    """Describe a data set that names a Python `layout`; see `describe`.

    The hash of the code is part of the description, so that a change of it
    checks and packs the data set again.

    Raises
    ------
    InputError
        If there is no such code, or a structure is no set of label values above 0.
    """
    dataset = find_custom_dataset(entry["layout"], f"{where}.layout")
    structures = {}
    for name, values in entry["structures"].items():
        values = values if isinstance(values, list) else [values]
        unknown = [v for v in values if v not in dataset.labels or v == 0]
        if unknown:
            raise InputError(
                where=f"{where}.structures.{name}",
                found=f"the value {unknown[0]!r}",
                expected=f"label values among {sorted(dataset.labels - {0})}",
                remedy="Correct the value, or the `labels` of the `Dataset`",
            )
        structures[name] = values
    if not structures:
        raise InputError(
            where=f"{where}.structures",
            found="no structure",
            expected="structures as sets of label values, such as {cup: [1, 2]}",
            remedy="Add them: a `Dataset` does not say what its values mean",
        )
    sites = {name: {"orientation": None, "images": []} for name in entry["cases"]}
    return {
        "dataset": dataset_id,
        "kind": dataset.kind,
        "folder": str(folder),
        "layout": entry["layout"],
        "source": source_digest(entry["layout"]),
        "sites": sites,
        "structures": structures,
        "labels": sorted(dataset.labels),
        "channels": dataset.channels,
        "split": None,
        "unpaired": entry["unpaired"],
        "empty_masks": dataset.empty_masks,
    }


def find_custom_dataset(reference: str, where: str) -> Dataset:
    """Import a `Dataset` named ``"package.module:attribute"``.

    Raises
    ------
    InputError
        If there is none.
    """
    module, _, attribute = reference.partition(":")
    try:
        dataset = getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        dataset = found = error
    else:
        found = f"a {type(dataset).__name__}"
    if not isinstance(dataset, Dataset):
        raise InputError(
            where=where,
            found=f"'{reference}', but {found}",
            expected="'package.module:attribute' of a `Dataset`, see "
            "sambench.data.datasets.dataset",
            remedy="Correct the name, or add the package's folder to `plugins`",
        )
    return dataset


def custom_dataset(description: Mapping[str, Any]) -> Dataset:
    """Return the `Dataset` of a description, with the id that the user gave it."""
    where = f"key data.{description['dataset']}.layout"
    dataset = find_custom_dataset(description["layout"], where)
    return replace(dataset, id=description["dataset"])
