"""What a table, ranking or figure is of: benchmark, protocol, methods, data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sambench.methods.told import BOX, CLICKS, LABEL, NOTHING, POINTS
from sambench.methods.told import told as told_of
from sambench.settings.changes import is_shortened, row_words
from sambench.settings.contamination import has_seen
from sambench.settings.level_field import level_base

if TYPE_CHECKING:
    import pandas as pd

MEAN = "mean"
"""Column that holds the mean over the columns of a table."""

SYNTHETIC = "SYNTHETIC DATA"
"""Begins the title of every table with a row of synthetic data."""

SEEN = "\N{LOZENGE}"
"""Marks a number on data that the method's weights were trained on before."""

BLOCKS = {
    NOTHING: "automatic",
    BOX: "box prompt",
    POINTS: "point prompt",
    CLICKS: "corrective clicks",
    LABEL: "label as prompt",
}
"""Methods are ranked within these blocks; controls are a block without ranks."""
CONTROL = "control"

_PROVENANCE = {
    "synthetic": "synthetic data",
    "original": "original data",
    "rebuilt": "rebuilt data",
}


def brief(recipe: Mapping[str, Any], seen: Sequence[Mapping] = ()) -> dict[str, Any]:
    """Return what tables and figures say of a method, from its recipe.

    The recipe has `told` and `changed` if `Settings` has resolved it; `seen` is what
    `sambench.settings.contamination.seen_by` returns.
    """
    return {
        "label": recipe["label"],
        "control": recipe["control"],
        "told": recipe.get("told") or told_of(recipe),
        "changed": recipe.get("changed", {}),
        "seen": list(seen),
        "level_with": recipe.get("level_with"),
    }


@dataclass(frozen=True)
class Context:
    """The documents that say how to read score rows, and the words for what they name.

    Attributes
    ----------
    benchmark : mapping
        Contents of a benchmark file, or its bare id; `image_size` if the configuration
        sets another than the benchmark's own.
    protocol : mapping
        Contents of a protocol file; empty if a figure is of no protocol.
    methods : mapping of str to mapping
        Results of `brief` by method id, in the order of the configuration; a method
        without one is called by its id, and has no prompt.
    data_source : str
        Such as ``"original"`` or ``"original+synthetic"``.
    """

    benchmark: Mapping[str, Any]
    protocol: Mapping[str, Any] = field(default_factory=dict)
    methods: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    data_source: str = ""

    def of(self, scores: pd.DataFrame) -> Context:
        """Return the context with the data source of a frame."""
        return replace(self, data_source=data_source_of(scores))

    def under(self, protocol: Mapping[str, Any]) -> Context:
        """Return the context with another protocol."""
        return replace(self, protocol=protocol)

    # --- methods ------------------------------------------------------------------

    def is_control(self, method: str) -> bool:
        """Return whether a method only checks the pipeline."""
        return bool(self.methods.get(method, {}).get("control", False))

    def told(self, method: str) -> str:
        """Return what a method is told about the label."""
        return self.methods.get(method, {}).get("told", NOTHING)

    def prompt(self, method: str) -> str:
        """Return the word of tables for what a method is told about the label."""
        told = self.told(method)
        return "none" if told == NOTHING else told

    def block(self, method: str) -> str:
        """Return the block of methods that a method is ranked in."""
        return CONTROL if self.is_control(method) else BLOCKS[self.told(method)]

    def must_beat(self, method: str) -> list[str]:
        """List the controls that a method has to beat to have learned something.

        They know no more of the label than the method, and are not the label itself; a
        control has none.
        """
        if self.is_control(method):
            return []
        fair = {NOTHING, self.told(method)} - {LABEL}
        if self.told(method) == CLICKS:  # and a box first
            fair |= {BOX}
        return [m for m in self.methods if self.is_control(m) and self.told(m) in fair]

    def in_blocks(self, methods: Iterable[str]) -> list[str]:
        """Sort methods by block, automatic ones first; else their order stays."""
        order = [*BLOCKS.values(), CONTROL]
        return sorted(methods, key=lambda method: order.index(self.block(method)))

    def label(self, method: str) -> str:
        """Return the words for a method: its label, what was changed, if a control.

        Its id follows if another method has the same words.
        """
        return self._labels.get(method, method)

    @cached_property
    def _labels(self) -> dict[str, str]:
        return distinct({m: self._words(m, found) for m, found in self.methods.items()})

    @staticmethod
    def _words(method: str, found: Mapping[str, Any]) -> str:
        label = str(found.get("label", method))
        changed = row_words(found.get("changed", {}))
        label = f"{label}, {changed}" if changed else label
        return f"{label} (control)" if found.get("control") else label

    def in_order(self, methods: Iterable[str]) -> list[str]:
        """List methods as the configuration does; others follow in their own order."""
        return in_listed_order(methods, self.methods)

    def seen(self, method: str, domain: str) -> bool:
        """Return whether a method's weights were trained on the data of a domain."""
        entries = self.methods.get(method, {}).get("seen", [])
        described = self.benchmark.get("domains", {}).get(domain)
        return bool(described) and has_seen(entries, described)

    def competing_blocks(self, rows: pd.DataFrame) -> dict[str, str]:
        """Return the block of each method of score rows that is ranked in it.

        Controls are not, nor are methods whose weights had seen any target.
        """
        found: dict[str, str] = {}
        for method, targets in rows.groupby("method")["target"].unique().items():
            block = self.block(method)
            if block != CONTROL and not any(self.seen(method, t) for t in targets):
                found[method] = block
        return found

    @property
    def shortened(self) -> bool:
        """Whether the training of any method was cut short by the configuration."""
        return any(is_shortened(m.get("changed", {})) for m in self.methods.values())

    # --- domains and structures ---------------------------------------------------

    @property
    def by_source(self) -> bool:
        """Whether the columns of a table are sources, not targets."""
        return self.benchmark.get("table_columns", "source") == "source"

    def column_label(self, column: str) -> str:
        """Return the words for a source, a target or the mean, each its own."""
        if column == MEAN:
            return "Mean"
        if column == "all":
            return "all domains"
        return self._domains.get(column, column)

    @cached_property
    def _domains(self) -> dict[str, str]:
        domains = self.benchmark.get("domains", {})
        return distinct({k: str(d.get("label", k)) for k, d in domains.items()})

    def domains(self, role: str, found: Iterable[str]) -> list[str]:
        """List sources or targets as the benchmark does, others and the mean last.

        The role is ``"source"`` or ``"target"``.
        """
        names = in_listed_order(found, self.benchmark.get(f"{role}s", []))
        return sorted(names, key=lambda name: name == MEAN)

    def structures(self, found: Iterable[str]) -> list[str]:
        """List structures as the benchmark's domains do; the same order everywhere."""
        domains = self.benchmark.get("domains", {}).values()
        return in_listed_order(found, [s for d in domains for s in d["structures"]])

    # --- titles -------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The words for the benchmark."""
        return str(self.benchmark.get("label", self.benchmark["id"]))

    def title(self, what: str, *, protocol: bool = True) -> str:
        """Return the title of a table or figure that shows something.

        Synthetic data, shortened training and another image size are named, and the
        protocol unless it is of several.
        """
        title = f"{self.name}: {what}"
        if protocol and self.protocol:
            title += f", protocol {self.protocol.get('label', self.protocol['id'])}"
        if self.data_source not in ("", "synthetic"):  # else the beginning says it
            title += f", {provenance(self.data_source)}"
        if level_base(self.methods):
            title += ", level field"
        if self.benchmark.get("image_size"):
            title += f", images of {self.benchmark['image_size']} px"
        if self.shortened:
            title += ", shortened training"
        return f"{SYNTHETIC}. {title}" if self.synthetic else title

    @property
    def synthetic(self) -> bool:
        """Whether any row is of synthetic data."""
        return is_synthetic(self.data_source)


def data_source_of(frame: pd.DataFrame) -> str:
    """Return the data sources of rows, joined by "+"."""
    parts = {part for text in frame["data_source"].unique() for part in text.split("+")}
    return "+".join(sorted(parts))


def provenance(data_source: str) -> str:
    """Put the data source of a table into words."""
    parts = data_source.split("+")
    return " and ".join(_PROVENANCE.get(part, f"{part} data") for part in parts)


def is_synthetic(data_source: str) -> bool:
    """Return whether any row of a table is synthetic."""
    return "synthetic" in data_source.split("+")


def distinct(labels: Mapping[str, str]) -> dict[str, str]:
    """Add the id to labels that several ids share."""
    texts = list(labels.values())
    return {
        key: f"{text} [{key}]" if texts.count(text) > 1 else text
        for key, text in labels.items()
    }


def in_listed_order(names: Iterable[str], listed: Iterable[str]) -> list[str]:
    """Sort names as a configuration lists them; others follow in their own order."""
    found, listed = list(dict.fromkeys(names)), list(dict.fromkeys(listed))
    return [n for n in listed if n in found] + [n for n in found if n not in listed]
