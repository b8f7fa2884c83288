"""A data set of the user's own whose cases are listed by code of the user's own."""

from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from sambench.data.layouts.layout import Layout
from sambench.errors import InputError
from sambench.plugins import source_digest


def describe_layout(
    dataset: str, entry: Mapping[str, Any], folder: Path, where: str
) -> dict[str, Any]:
    """Describe a data set that names a layout; see `describe`.

    The hash of the layout's source is part of the description, so that a change of the
    code checks and packs the data set again.

    Raises
    ------
    InputError
        If there is no such layout, or a structure is no set of label values above 0.
    """
    layout = find_custom_layout(entry["layout"], f"{where}.layout")
    structures = {}
    for name, values in entry["structures"].items():
        values = values if isinstance(values, list) else [values]
        unknown = [v for v in values if v not in layout.labels or v == 0]
        if unknown:
            raise InputError(
                where=f"{where}.structures.{name}",
                found=f"the value {unknown[0]!r}",
                expected=f"label values of the layout: {sorted(layout.labels - {0})}",
                remedy="Correct the value, or the `labels` of the layout",
            )
        structures[name] = values
    if not structures:
        raise InputError(
            where=f"{where}.structures",
            found="no structure",
            expected="structures as sets of label values, such as {cup: [1, 2]}",
            remedy="Add them: a layout does not say what its values mean",
        )
    sites = {name: {"orientation": None, "images": []} for name in entry["cases"]}
    return {
        "dataset": dataset,
        "kind": layout.kind,
        "folder": str(folder),
        "layout": entry["layout"],
        "source": source_digest(entry["layout"]),
        "sites": sites,
        "structures": structures,
        "labels": sorted(layout.labels),
        "channels": layout.channels,
        "split": None,
        "unpaired": entry["unpaired"],
        "empty_masks": layout.empty_masks,
    }


def find_custom_layout(reference: str, where: str) -> Layout:
    """Import a layout named ``"package.module:attribute"``.

    Raises
    ------
    InputError
        If there is none.
    """
    module, _, attribute = reference.partition(":")
    try:
        layout = getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        found: object = error
        layout = None
    else:
        found = f"a {type(layout).__name__}"
    if not isinstance(layout, Layout):
        raise InputError(
            where=where,
            found=f"'{reference}', but {found}",
            expected="'package.module:attribute' of a `Layout`, see "
            "sambench.data.layouts.layout",
            remedy="Correct the name, or add the package's folder to `plugins`",
        )
    return layout


def custom_layout(description: Mapping[str, Any]) -> Layout:
    """Return the layout of a description, with the id of the data set."""
    where = f"key data.{description['dataset']}.layout"
    layout = find_custom_layout(description["layout"], where)
    return replace(layout, dataset=description["dataset"])
