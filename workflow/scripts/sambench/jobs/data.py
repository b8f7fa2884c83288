"""What rules ask about data: archives, folders, checks, splits, packed slices."""

import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from sambench.data.data_version import Survey, survey
from sambench.data.datasets import find_dataset
from sambench.jobs import paths
from sambench.jobs.ask import Ask, Wildcards, is_below_results
from sambench.phantoms import PHANTOMS
from sambench.settings.grid import source_domains
from sambench.settings.settings import Settings


class Data(Ask):
    """Questions about data.

    Parameters
    ----------
    place : callable
        Fills `<results>` into a pattern.
    remember : bool
        Whether times of files that were touched are recorded.
    """

    def __init__(
        self, settings: Settings, place: Callable[[str], str], remember: bool = False
    ):
        super().__init__(settings)
        self._place, self._remember = place, remember
        self.surveyed = cache(self._survey)

    # --- data sets --------------------------------------------------------------------

    def archive(self, wildcards: Wildcards) -> str:
        """Return the archive to unpack: the user's, or the synthetic one."""
        dataset = self.asked(wildcards).dataset
        local = self.settings.local_path(dataset)
        return local or paths.ARCHIVE.format(dataset=dataset, archive=PHANTOMS[dataset])

    def root(self, dataset: str) -> str:
        """Return the folder of a data set: the user's as it is, or the unpacked one."""
        local = self.settings.local_path(dataset)
        own = local and Path(local).is_dir()
        return local if own else paths.DATA.format(dataset=dataset)

    def dataset_root(self, wildcards: Wildcards) -> str:
        """Return the folder of the data set of a file."""
        return self.root(self.asked(wildcards).dataset)

    def options(self, dataset: str) -> dict[str, Any]:
        """Return the options for reading a data set, which all its benchmarks share."""
        for benchmark in self.settings.benchmarks.values():
            if any(d["dataset"] == dataset for d in benchmark["domains"].values()):
                return benchmark["datasets"].get(dataset, {})
        return {}

    def groups(self, wildcards: Wildcards, pattern: str) -> list[str]:
        """List a file of each group of a data set that domains are cut from."""
        dataset = wildcards.dataset
        names = self.settings.groups(dataset)
        return [pattern.format(dataset=dataset, group=group) for group in names]

    def published_counts(self, wildcards: Wildcards) -> dict[str, int] | None:
        """Return what is known of an original data set; None for a synthetic one."""
        dataset = wildcards.dataset
        if self.settings.data_source(dataset) == "synthetic":
            return None
        if dataset in self.settings.own:
            return {}
        return dict(self.settings.registry[dataset].expected)

    def known_counts(self, wildcards: Wildcards) -> str | list[str]:
        """Return the labelled voxels of an original data set, if they are known."""
        return self._of_original(wildcards.dataset, f"facts/{wildcards.dataset}.csv")

    def _of_original(self, dataset: str, name: str) -> str | list[str]:
        """Return a committed file of original data; an empty list if there is none."""
        synthetic = self.settings.data_source(dataset) == "synthetic"
        return [] if synthetic else self.committed(name) or []

    # --- versions ---------------------------------------------------------------------

    def files_record(self, wildcards: Wildcards) -> str:
        """Return where the files are recorded that the last check of a group saw."""
        return self._record(wildcards.dataset, wildcards.group)

    def files_records(self, wildcards: Wildcards) -> list[str]:
        """List the records of all groups of a data set."""
        groups = self.settings.groups(wildcards.dataset)
        return [self._record(wildcards.dataset, group) for group in groups]

    def _record(self, dataset: str, group: str) -> str:
        folder = paths.FILES_RECORDS.format(dataset=dataset)
        return self._place(f"{folder}/{group}.json")

    def _survey(self, dataset: str) -> Survey:
        """Compare the files of a data set with those that its last checks saw."""
        options, whole = self.options(dataset), self.settings.own.get(dataset)
        root = Path(self._place(self.root(dataset)))
        known = cache(lambda: find_dataset(dataset).find_cases(root, **options))

        def cases_of(group: str) -> list:
            site = self.settings.own_site(dataset, group)
            return find_dataset(dataset, site).find_cases(root) if whole else known()

        return survey(
            Path(self._place(paths.FILES_RECORDS.format(dataset=dataset))),
            root,
            self.settings.groups(dataset),
            cases_of,
            remember=self._remember,
        )

    def group_version(self, wildcards: Wildcards) -> str:
        """Return the version of the files of one group of a data set."""
        return self.surveyed(wildcards.dataset).versions[wildcards.group]

    def list_version(self, dataset: str) -> str:
        """Return the version of the list of cases.

        That of an unpacked set changes with its archive alone.
        """
        return (
            "" if is_below_results(self.root(dataset)) else self.surveyed(dataset).cases
        )

    def report_changes(self) -> None:
        """Print which files changed since the last checks."""
        for dataset in self.settings.datasets():
            for group, found in self.surveyed(dataset).changes.items():
                words = f"{dataset}, {group}: since the last run {found.words()}"
                print(f"{words}; what depends on them runs again.", file=sys.stderr)

    # --- domains ----------------------------------------------------------------------

    def domain_root(self, wildcards: Wildcards) -> str:
        """Return the folder of the data set that a domain is cut from."""
        return self.root(self.domain(wildcards)["dataset"])

    def domain_inventory(self, wildcards: Wildcards) -> str:
        """Return the inventory of the group that a domain is cut from."""
        domain = self.domain(wildcards)
        return paths.GROUP_INVENTORY.format(**domain)

    def complete_inventory(self, wildcards: Wildcards) -> str | list[str]:
        """Return the inventory of the whole set, if an incomplete one stops the run."""
        domain = self.domain(wildcards)
        complete = self.settings.config["complete_sets"]
        return paths.INVENTORY.format(**domain) if complete else []

    def committed_split(self, wildcards: Wildcards) -> str | list[str]:
        """Return the committed split of a benchmark and data set, if there is one."""
        dataset = self.domain(wildcards)["dataset"]
        return self._of_original(dataset, f"splits/{wildcards.benchmark}/{dataset}.csv")

    def domain_options(self, wildcards: Wildcards) -> dict[str, Any]:
        """Return the options for reading the data set that a domain is cut from."""
        return self.options(self.domain(wildcards)["dataset"])

    def domain_description(self, wildcards: Wildcards) -> dict[str, Any] | None:
        """Return the same as `site`; a split by patient looks at all sites."""
        if self._split_by_patient(wildcards):
            return self.settings.own.get(self.domain(wildcards)["dataset"])
        return self.site(wildcards)

    def domain_version(self, wildcards: Wildcards) -> list[str]:
        """List the versions of what the packed slices of a domain depend on."""
        dataset, group = (self.domain(wildcards)[key] for key in ("dataset", "group"))
        version = self.surveyed(dataset).versions[group]
        by_patient = self._split_by_patient(wildcards)
        return [version, *([self.list_version(dataset)] if by_patient else [])]

    def _split_by_patient(self, wildcards: Wildcards) -> bool:
        return self.benchmark(wildcards)["split"]["rule"] == "patient"

    def packing_part(self, wildcards: Wildcards) -> dict[str, Any]:
        """Return the part of a benchmark that packed slices of a domain depend on."""
        benchmark = self.benchmark(wildcards)
        domain = self.domain(wildcards)
        preparation = domain["preparation"]
        return {
            "id": benchmark["id"],
            "kind": benchmark["kind"],
            "split": benchmark["split"],
            "datasets": benchmark["datasets"],
            "domains": {wildcards.domain: domain},
            "preparations": {preparation: benchmark["preparations"][preparation]},
        }

    def domain_source(self, wildcards: Wildcards) -> str:
        """Return `synthetic`, or what a benchmark calls original data."""
        dataset = self.domain(wildcards)["dataset"]
        return self.settings.origin(wildcards.benchmark, dataset)

    def source_slices(self, wildcards: Wildcards) -> list[str]:
        """List the packed slices of every domain of a source."""
        name = self.asked(wildcards, trained=True).benchmark
        domains = source_domains(self.settings.benchmarks[name], wildcards.source)
        return [paths.SLICES.format(benchmark=name, domain=d) for d in domains]

    # --- all of them ------------------------------------------------------------------

    def all_packed(self) -> list[str]:
        """List the packed slices of every domain."""
        return [
            paths.SLICES.format(benchmark=name, domain=domain)
            for name, benchmark in self.settings.benchmarks.items()
            for domain in benchmark["domains"]
        ]

    def all_splits(self) -> list[str]:
        """List the split of every benchmark and data set, as in `config/splits`."""
        return sorted(
            {
                paths.SPLIT.format(benchmark=name, dataset=domain["dataset"])
                for name, benchmark in self.settings.benchmarks.items()
                for domain in benchmark["domains"].values()
            }
        )

    def of_all_datasets(self, pattern: str) -> list[str]:
        """List a file of every data set."""
        return [pattern.format(dataset=name) for name in self.settings.datasets()]
