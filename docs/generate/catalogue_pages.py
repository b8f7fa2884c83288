"""Pages of what there is: methods, benchmarks, protocols, data sets and weights."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sambench.methods.told import told
from sambench.models import NETWORKS
from sambench.settings.catalogue import Catalogue
from sambench.settings.datasets import Entry, load_registry

CONFIG = Path(__file__).resolve().parents[2] / "config"

#: Families of methods in the order of the tables.
FAMILIES = (
    "CNN methods as published",
    "CNN methods on a level field",
    "SAM family, without training",
    "SAM family, trained",
    "nnU-Net",
    "Your own predictions",
    "Controls",
)


def documents(kind: str) -> dict[str, dict[str, Any]]:
    """Read every benchmark, method or protocol of the repository, by id."""
    catalogue = Catalogue([CONFIG])
    return {
        name: catalogue.load(kind, name, "the documentation")
        for name in catalogue.names(kind)
    }


def family(recipe: Mapping[str, Any]) -> str:
    """Return which family of the tables a method belongs to."""
    if recipe["control"]:
        return "Controls"
    if recipe["predictor"] == "files":
        return "Your own predictions"
    if recipe["predictor"] == "external":
        return "nnU-Net"
    module = NETWORKS.reference(recipe["network"]["name"])
    if module.startswith(("sambench.models.cnn", "sambench.models.unet")):
        level = recipe["level_with"] is not None
        return FAMILIES[1] if level else FAMILIES[0]
    return FAMILIES[3] if recipe["training"] else FAMILIES[2]


def methods_by_family() -> dict[str, dict[str, dict[str, Any]]]:
    """Return the recipes of each family, by id."""
    found: dict[str, dict[str, Any]] = {name: {} for name in FAMILIES}
    for name, recipe in documents("methods").items():
        found[family(recipe)][name] = recipe
    return found


def methods_page() -> str:
    """Return the page of all methods as Markdown."""
    groups = methods_by_family()
    total = sum(map(len, groups.values()))
    text = (
        f"# Methods\n\n{total} recipes in `config/methods`. *Prompt* is what a method is told about the "
        "label at test time; methods are ranked among those with the same.\n\n"
        "*This page is generated from the recipes, when the site is built.*\n\n"
    )
    for group, recipes in groups.items():
        text += f"## {group} ({len(recipes)})\n\n| id | name | prompt | what it is |\n|---|---|---|---|\n"
        for name, recipe in recipes.items():
            text += _row(f"`{name}`", recipe["label"], told(recipe), recipe["summary"])
        text += "\n"
    return text + _differences(groups)


def _differences(groups: Mapping[str, Mapping[str, Any]]) -> str:
    text = "## Where recipes differ from their references\n\n"
    for recipes in groups.values():
        for name, recipe in recipes.items():
            if recipe["deviations"]:
                text += f"**`{name}`**\n\n{_items(recipe['deviations'])}\n"
    return text


def benchmarks_page() -> str:
    """Return the page of benchmarks and protocols as Markdown."""
    text = (
        "# Benchmarks and protocols\n\n"
        "*This page is generated from `config/benchmarks` and `config/protocols`, when the site is built.*\n\n"
    )
    benchmarks, protocols = documents("benchmarks"), documents("protocols")
    text += "## Benchmarks\n\n| id | what it is | domains | protocols |\n|---|---|---|---|\n"
    for name, one in benchmarks.items():
        listed = ", ".join(f"`{protocol}`" for protocol in one["protocols"])
        text += _row(
            f"`{name}`", one["summary"] or one["label"], len(one["domains"]), listed
        )
    text += "\n## Protocols\n\n| id | slices | grid | average | checkpoint | metrics |\n|---|---|---|---|---|---|\n"
    for name, one in protocols.items():
        metrics = ", ".join(f"`{metric}`" for metric in one["metrics"])
        cells = (one["slices"], one["grid"], one["average"], one["checkpoint"], metrics)
        text += _row(f"`{name}`", *cells)
    for name, one in protocols.items():
        text += f"\n### `{name}`\n\n{one['description'].strip()}\n\n"
        if one["deviations"]:
            text += (
                f"Differs from the published protocol:\n\n{_items(one['deviations'])}"
            )
    return text + "\n" + _tasks(benchmarks["tasks3d"])


def _tasks(benchmark: Mapping[str, Any]) -> str:
    text = (
        "## Sources of the tasks of `tasks3d`\n\n"
        "The first available data set is used, the others are fallbacks. After the id of a data set stand its "
        "group and the label values. That a set serves a task is inferred from MedSAM v0's list of sources; no "
        "paper states it. In `tasks3d_released` the test slices that MedSAM released serve every task.\n\n"
        "| no. | task | source | fallback |\n|---|---|---|---|\n"
    )
    for domain in sorted(benchmark["domains"].values(), key=lambda one: one["number"]):
        others = ", ".join(map(_source, domain.get("alternatives", []))) or "-"
        text += _row(domain["number"], domain["label"], _source(domain), others)
    return text


def _source(offer: Mapping[str, Any]) -> str:
    (values,) = offer["structures"].values()
    return f"`{offer['dataset']}` {offer['group']}: {' '.join(map(str, values))}"


def data_sets_page() -> str:
    """Return the page of downloads as Markdown."""
    text = (
        "# Data sets and weights\n\n"
        "What `config/datasets.yaml` lists. `python -m sambench fetch ID` fetches, verifies and unpacks one of "
        "these; [Get the data](../get_the_data.md) says how. *First use*: no checksum is published, so that of "
        "the first download is stored in `config/hashes.csv` and later downloads must match.\n\n"
        "*This page is generated from the registry, when the site is built.*\n\n"
    )
    entries = list(load_registry([CONFIG]).values())
    for kind in ("datasets", "weights"):
        text += f"## {'Data sets' if kind == 'datasets' else 'Weights'}\n\n"
        text += "| id | what it is | download | verified by | licence |\n|---|---|---|---|---|\n"
        for entry in entries:
            if entry.kind == kind:
                cells = (how_to_get(entry), verified_by(entry), entry.licence)
                text += _row(
                    f"`{entry.id}`", f"[{entry.title}]({entry.homepage})", *cells
                )
        text += "\n"
    by_hand = [entry for entry in entries if not entry.unattended]
    text += "## What only you can get\n\n"
    return text + "".join(f"- `{e.id}`: {e.instruction.strip()}\n" for e in by_hand)


def how_to_get(entry: Entry) -> str:
    """Describe in a few words how an entry of the registry is downloaded."""
    if not entry.unattended:
        return "registration and token" if entry.token else "by hand"
    words = "automatic"
    if entry.access == "drive":
        words += " (Google Drive, may hit a quota)"
    return words + (", after `accept_terms`" if entry.accept else "")


def verified_by(entry: Entry) -> str:
    """Return the kind of checksum by which a download is verified."""
    hashes = [file.known_hash for file in entry.files if not file.optional]
    if not entry.unattended or not all(hashes):
        return "first use"
    kinds = Counter(known.split(":")[0] for known in hashes)
    return ", ".join(sorted(kinds))


def _row(*cells: object) -> str:
    words = (" ".join(str(cell).split()).replace("|", "\\|") for cell in cells)
    return f"| {' | '.join(words)} |\n"


def _items(lines: Iterable[str]) -> str:
    return "".join(f"- {' '.join(line.split())}\n" for line in lines)
