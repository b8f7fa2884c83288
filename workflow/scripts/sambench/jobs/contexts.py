"""What rules ask about tables and figures: of what they are, and published numbers."""

from dataclasses import asdict
from typing import Any

from sambench.errors import require_known
from sambench.jobs.ask import Ask, Wildcards, without_traceback
from sambench.published.numbers import Number, check_published_names, read_published
from sambench.published.selection import (
    HELD_OUT,
    PART_OF_GRID,
    RESIZED,
    published_numbers,
    rater_agreement,
)
from sambench.settings.checkpoints import ON_SOURCE
from sambench.settings.settings import Settings
from sambench.tables.context import Context, brief
from sambench.tables.protocol import protocol_metrics


class Contexts(Ask):
    """Questions about the benchmark, protocol, methods and data of a table or figure.

    An `InputError` if something is compared with numbers that are not published.
    """

    def __init__(self, settings: Settings):
        super().__init__(settings)
        folders = [folder / "published" for folder in settings.catalogue.folders]
        self._published = read_published(folders)
        check_published_names(self._published, settings.benchmarks, settings.protocols)

    def metrics(self, benchmark: str, protocol: str) -> list[str]:
        """List the metrics of a protocol on a benchmark."""
        described = self.settings.benchmarks[benchmark]
        return protocol_metrics(self.settings.protocols[protocol], described)

    def context(self, benchmark: str, protocol: str | None = None) -> dict[str, Any]:
        """Return what a table or figure is of, see `Context`, as a parameter."""
        settings = self.settings
        size = settings.image_size(benchmark)
        context = Context(
            benchmark=settings.benchmarks[benchmark] | {"image_size": size},
            protocol=settings.protocols[protocol] if protocol else {},
            methods=self._briefs(benchmark),
            data_source=settings.data_sources(benchmark),
        )
        return asdict(context)

    def all(self) -> dict[str, dict[str, Any]]:
        """Return the context of every benchmark."""
        return {name: self.context(name) for name in self.settings.benchmarks}

    def of(self, wildcards: Wildcards) -> dict[str, Any]:
        """Return the context of a file, with its protocol if it has one.

        A `SystemExit` if the protocol does not have the metric of the file.
        """
        names = dict(self.asked(wildcards).items())
        benchmark, protocol = names["benchmark"], names.get("protocol")
        if protocol and "metric" in names:
            valid = self.metrics(benchmark, protocol)
            with without_traceback():
                require_known("the file asked for", "metric", [names["metric"]], valid)
        return self.context(benchmark, protocol)

    def first_protocol(self, wildcards: Wildcards) -> str:
        """Return the protocol that a benchmark lists first."""
        return self.benchmark(wildcards)["protocols"][0]

    def first(self, wildcards: Wildcards) -> dict[str, Any]:
        """Return the context of a benchmark under the protocol that it lists first."""
        return self.context(wildcards.benchmark, self.first_protocol(wildcards))

    def of_protocols(self, wildcards: Wildcards) -> list[dict[str, Any]]:
        """List the context of a benchmark under each of its protocols."""
        names = self.benchmark(wildcards)["protocols"]
        return [self.context(wildcards.benchmark, name) for name in names]

    def _briefs(self, benchmark: str) -> dict[str, dict[str, Any]]:
        """Return what tables and figures say of each method.

        Those of other benchmarks, too: a method has one colour in all of them.
        """
        recipes = {}
        every = self.settings.recipes
        for by_method in [*every.values(), every[benchmark]]:
            recipes |= by_method
        order = [name for name in self.settings.config["methods"] if name in recipes]
        return {
            name: brief(recipes[name], self._seen_originals(recipes[name]))
            for name in dict.fromkeys([*order, *recipes])
        }

    def _seen_originals(self, recipe: dict[str, Any]) -> list[dict[str, str]]:
        """List the data that a method's weights were trained on; no phantom was."""
        used = self.settings.datasets()
        return [
            entry
            for entry in recipe["seen"]
            if (name := entry["data"].split("/")[0]) in used
            and self.settings.data_source(name) != "synthetic"
        ]

    def documents(self) -> dict[str, Any]:
        """Return how scores of this run are read, see `sambench.report.documents`."""
        names = self.settings.benchmarks
        return {
            "contexts": self.all(),
            "protocols": self.settings.protocols,
            "recipes": self.settings.recipes,
            "ceilings": {name: self.ceiling_of(name) for name in names},
            "totals": self.settings.totals(),
            "title": self.settings.config["title"],
            "seeds": self.settings.config["seeds"],
        }

    # --- published numbers ------------------------------------------------------------

    def ceiling_of(self, benchmark: str) -> list[dict[str, Any]]:
        """Return how far raters agree on original images, by target and structure."""
        if "synthetic" in self.settings.data_sources(benchmark):
            return []
        alike = self.settings.catalogue.same_images(benchmark)
        return rater_agreement(self._published, alike)

    def ceiling(self, wildcards: Wildcards) -> list[dict[str, Any]]:
        """Return the same for a table or figure of Dice; nothing for another metric."""
        dice = dict(wildcards.items()).get("metric", "dice") == "dice"
        return self.ceiling_of(wildcards.benchmark) if dice else []

    def numbers_beside(
        self, benchmark: str, protocol: str, metric: str
    ) -> list[Number]:
        """List the published numbers that a table can stand beside."""
        described = self.settings.benchmarks[benchmark]
        protocol = self.settings.protocols[protocol]
        return published_numbers(self._published, described, protocol, metric)[0]

    def why_not_comparable(self, wildcards: Wildcards) -> str:
        """Return what this run does otherwise than publications; empty if nothing."""
        name, config = wildcards.benchmark, self.settings.config
        every = len(self.settings.benchmarks[name]["domains"])
        narrowed = config["select"].get(name, {}).keys() - {"methods", "protocols"}
        if narrowed or every != self.settings.totals()[name]:
            return PART_OF_GRID
        if self.settings.image_size(name):
            return RESIZED
        chosen = self.settings.protocols[wildcards.protocol]["checkpoint"]
        if config["checkpoints"]["validation"] and chosen != ON_SOURCE:
            return HELD_OUT  # else it is the protocol's
        return ""
