"""What rules ask about results: every score file, table, ranking and figure."""

from collections.abc import Iterable, Iterator

from sambench.jobs import paths
from sambench.jobs.ask import Ask, Wildcards
from sambench.jobs.contexts import Contexts
from sambench.jobs.runs import Runs
from sambench.metrics.names import parse_interaction
from sambench.tables.protocol import check_supported, views

PROTOCOL_FIGURES = ("heatmap", "distributions", "stability", "critical_difference")
BENCHMARK_FIGURES = ("protocols", "cost", "learning")

# What rules write beside the files that are listed below.
TABLE_FORMATS = (".html", ".csv", ".md", ".tex", ".json")
RANK_TABLES = (".csv", ".frequencies.csv", ".pairs.csv", ".suspects.csv", ".json")
FIGURE_FORMATS = (".svg", ".png")


class Outputs(Ask):
    """Questions about what is made of predictions.

    An `InputError` if a protocol asks for weights that no training keeps.
    """

    def __init__(self, runs: Runs, contexts: Contexts):
        super().__init__(runs.settings)
        self.runs, self.contexts = runs, contexts
        for protocol in self.settings.protocols.values():
            check_supported(protocol, self.settings.config["checkpoints"])

    # --- scores -----------------------------------------------------------------------

    def scores(self, wildcards: Wildcards) -> list[str]:
        """List every score file of a benchmark."""
        return self._scores(self.asked(wildcards).benchmark)

    def all_scores(self) -> list[str]:
        """List every score file."""
        return self._scores(*self.settings.benchmarks)

    def _scores(self, *benchmarks: str) -> list[str]:
        pairs = (pair for name in benchmarks for pair in self.runs.pairs(name))
        return [paths.PAIR_SCORES.format(**pair) for pair in pairs]

    def scored_views(self, wildcards: Wildcards) -> list[dict[str, str]]:
        """Return what the protocols of a benchmark ask to be scored."""
        benchmark, known = self.benchmark(wildcards), self.settings.protocols
        return views([known[name] for name in benchmark["protocols"]], benchmark)

    # --- everything -------------------------------------------------------------------

    def _asked_for(self) -> Iterator[tuple[str, str]]:
        """Iterate over every benchmark and protocol."""
        for name, benchmark in self.settings.benchmarks.items():
            for protocol in benchmark["protocols"]:
                yield name, protocol

    def _measured(self) -> Iterator[dict[str, str]]:
        """Iterate over every benchmark, protocol and metric, as names of a file."""
        for name, protocol in self._asked_for():
            for metric in self.contexts.metrics(name, protocol):
                yield {"benchmark": name, "protocol": protocol, "metric": metric}

    def all_tables(self) -> list[str]:
        """List a page per benchmark, protocol and metric, with the matrix behind it."""
        stems = [
            paths.PROTOCOLS_TABLE.format(benchmark=b) for b in self.settings.benchmarks
        ]
        for names in self._measured():
            stems += [p.format(**names) for p in (paths.TABLE, paths.MATRIX)]
        return [f"{stem}.html" for stem in stems]

    def all_comparisons(self) -> list[str]:
        """List a page per benchmark and protocol under which numbers are published."""
        return [
            f"{paths.COMPARISON.format(**names)}.html"
            for names in self._measured()
            if self.contexts.numbers_beside(**names)
        ]

    def all_ranks(self) -> dict[tuple[str, str], str]:
        """Return the rankings by benchmark and protocol."""
        return {
            (name, protocol): f"{paths.RANKS}.csv".format(
                benchmark=name, protocol=protocol
            )
            for name, protocol in self._asked_for()
        }

    def all_figures(self) -> dict[tuple[str, str, str], str]:
        """Return the figures by benchmark, protocol ("" if it is of none) and name."""
        files = {}
        for name in self.settings.benchmarks:
            folder = paths.FIGURES.format(benchmark=name)
            files |= {(name, "", f): f"{folder}/{f}.svg" for f in BENCHMARK_FIGURES}
        for name, protocol in self._asked_for():
            clicked = any(map(parse_interaction, self.contexts.metrics(name, protocol)))
            figures = [*PROTOCOL_FIGURES, *(["clicks"] if clicked else [])]
            folder = paths.PROTOCOL_FIGURES.format(benchmark=name, protocol=protocol)
            files |= {(name, protocol, f): f"{folder}/{f}.svg" for f in figures}
        return files

    def all_galleries(self) -> dict[str, str]:
        """Return the images of cases by benchmark, unless they must not be shown."""
        shown = self.settings.config["show_images"]
        names = self.settings.benchmarks if shown else []
        return {name: f"{paths.GALLERY.format(benchmark=name)}.json" for name in names}

    def all_products(self) -> list[str]:
        """List every file that users open, so that a deleted one is made again."""
        comparisons = self.all_comparisons()
        collected = [
            paths.SCORES.format(benchmark=name) for name in self.settings.benchmarks
        ]
        return [
            *self.all_scores(),
            *collected,
            *_beside(self.all_tables() + comparisons, ".html", TABLE_FORMATS),
            *_beside(comparisons, ".html", (".agreement.json",)),
            *_beside(self.all_ranks().values(), ".csv", RANK_TABLES),
            *_beside(self.all_figures().values(), ".svg", FIGURE_FORMATS),
            *_beside(self.all_galleries().values(), ".json", (".json", "")),
        ]

    # --- inputs -----------------------------------------------------------------------

    def target_slices(self, wildcards: Wildcards) -> list[str]:
        """List the packed slices of every target of a benchmark."""
        benchmark = self.benchmark(wildcards)
        key = {"benchmark": benchmark["id"]}
        return [paths.SLICES.format(domain=d, **key) for d in benchmark["targets"]]

    def first_ranks(self, wildcards: Wildcards) -> str:
        """Return the ranking under the protocol that a benchmark lists first."""
        protocol = self.contexts.first_protocol(wildcards)
        key = {"benchmark": wildcards.benchmark, "protocol": protocol}
        return f"{paths.RANKS}.csv".format(**key)


def _beside(files: Iterable[str], ending: str, endings: Iterable[str]) -> list[str]:
    """List files with each of some endings in place of their own."""
    return [f.removesuffix(ending) + other for f in files for other in endings]
