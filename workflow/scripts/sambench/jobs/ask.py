"""How every question of a rule begins: the configuration must run the file."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sambench.errors import InputError
from sambench.settings.grid import source_domains
from sambench.settings.requests import check_request
from sambench.settings.settings import Settings
from sambench.settings.yaml_file import find_in

Wildcards = Any
"""The names of a file: an attribute each, and `items()`; Snakemake's own, or alike."""


class Ask:
    """Questions about single files, named by their wildcards."""

    def __init__(self, settings: Settings):
        self.settings = settings
        self._answered: set[tuple[object, ...]] = set()

    def asked(self, wildcards: Wildcards, trained: bool = False) -> Wildcards:
        """Return the wildcards of a file that the configuration runs.

        Raises
        ------
        SystemExit
            With words, for others.
        """
        key = (*wildcards.items(), trained)
        if key not in self._answered:
            with without_traceback():
                check_request(self.settings, dict(wildcards.items()), trained)
            self._answered.add(key)
        return wildcards

    def benchmark(self, wildcards: Wildcards) -> dict[str, Any]:
        """Return the benchmark of a file, as it runs."""
        return self.settings.benchmarks[self.asked(wildcards).benchmark]

    def recipe(self, wildcards: Wildcards) -> dict[str, Any]:
        """Return the recipe of a method as it runs on a benchmark."""
        return self.settings.recipes[self.asked(wildcards).benchmark][wildcards.method]

    def domain_name(self, wildcards: Wildcards) -> str:
        """Return the domain or target of a file, or the one domain of its source."""
        names = dict(wildcards.items())
        found = names.get("domain") or names.get("target")
        return found or source_domains(self.benchmark(wildcards), names["source"])[0]

    def domain(self, wildcards: Wildcards) -> dict[str, Any]:
        """Return the description of the domain that a file is of."""
        return self.benchmark(wildcards)["domains"][self.domain_name(wildcards)]

    def site(self, wildcards: Wildcards) -> dict[str, Any] | None:
        """Return the user's description of that domain's site, if it is the user's.

        Of the other sites of the data set nothing: they may change.
        """
        domain = self.domain(wildcards)
        return self.settings.own_site(domain["dataset"], domain["group"])

    def committed(self, name: str) -> str | None:
        """Return the path of a file of `config/`: the user's, else the workflow's."""
        path = find_in(self.settings.catalogue.folders, name)
        return path and str(path)


@contextmanager
def without_traceback() -> Iterator[None]:
    """End with the words of an `InputError`: Snakemake shows where others come from."""
    try:
        yield
    except InputError as error:
        raise SystemExit(str(error)) from None


def one_of(names: Iterable[str]) -> str:
    """Return the pattern of a wildcard that is one of some names, perhaps none."""
    return "|".join(names) or "(?!)"


def none_of(names: Iterable[str]) -> str:
    """Return the pattern of a method that is none of some.

    One that does not run matches: it is refused with words.
    """
    return f"(?!(?:{one_of(names)})/)[a-z][a-z0-9_]*"


def is_below_results(path: str | Path) -> bool:
    """Return whether a rule makes a file; others are the user's."""
    return str(path).startswith("<results>")
