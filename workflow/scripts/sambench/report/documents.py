"""The documents that say how to read the scores of a run: one JSON file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sambench.errors import InputError
from sambench.tables.context import Context

NAME = "documents.json"


@dataclass(frozen=True)
class Documents:
    """What tables, rankings and the page need besides score rows.

    Attributes
    ----------
    contexts : dict of str to Context
        By benchmark, its file as it was narrowed and its methods, without a protocol.
    protocols : dict
        Protocol files, by id.
    recipes : dict
        Recipes by benchmark, then method.
    ceilings : dict
        By benchmark, rows of `sambench.published.selection.rater_agreement`.
    totals : dict
        Number of domains of each benchmark before it was narrowed.
    title : str
        Title of the configuration.
    seeds : int
        Trainings of each method and source.
    """

    contexts: dict[str, Context]
    protocols: dict[str, dict]
    recipes: dict[str, dict]
    ceilings: dict[str, list] = field(default_factory=dict)
    totals: dict[str, int] = field(default_factory=dict)
    title: str = "sambench"
    seeds: int = 1

    def under(self, benchmark: str) -> list[Context]:
        """Return the context of a benchmark under each of its protocols."""
        context = self.contexts[benchmark]
        names = context.benchmark["protocols"]
        return [context.under(self.protocols[name]) for name in names]

    def to_json(self) -> str:
        """Return the documents as JSON, in a fixed order."""
        document: dict[str, Any] = {
            "title": self.title,
            "seeds": self.seeds,
            "benchmarks": {
                name: {
                    "benchmark": context.benchmark,
                    "methods": context.methods,
                    "data_source": context.data_source,
                    "recipes": self.recipes[name],
                    "ceiling": self.ceilings.get(name, []),
                    "total": self.totals.get(name, len(context.benchmark["domains"])),
                }
                for name, context in self.contexts.items()
            },
            "protocols": self.protocols,
        }
        return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def read_documents(folder: Path) -> Documents:
    """Read the documents of a run or a bundle; an `InputError` if they are damaged."""
    path = Path(folder) / NAME
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return _documents(found)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            where=path,
            found=f"no readable documents ({type(error).__name__}: {error})",
            expected="what a run of the pipeline writes beside its scores",
            remedy="Name the folder of results, or a bundle that is whole",
        ) from error


def _documents(found: Mapping[str, Any]) -> Documents:
    benchmarks = found["benchmarks"]
    return Documents(
        contexts={
            name: Context(
                part["benchmark"], {}, part["methods"], part.get("data_source", "")
            )
            for name, part in benchmarks.items()
        },
        protocols={
            name: _in_todays_words(protocol)
            for name, protocol in found["protocols"].items()
        },
        recipes={name: part["recipes"] for name, part in benchmarks.items()},
        ceilings={name: part["ceiling"] for name, part in benchmarks.items()},
        totals={name: part["total"] for name, part in benchmarks.items()},
        title=found["title"],
        seeds=found["seeds"],
    )


def _in_todays_words(protocol: Mapping[str, Any]) -> dict[str, Any]:
    """Return a protocol whose key `checkpoint` may have its earlier name."""
    return {"checkpoint" if k == "selection" else k: v for k, v in protocol.items()}
