"""What a table needs, from paths and names: score rows, protocol, benchmark, labels."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from sambench.errors import InputError
from sambench.metrics.scores_file import read_many
from sambench.settings.catalogue import Catalogue

CONFIG = Path(__file__).resolve().parents[4] / "config"
"""The configuration that comes with the workflow."""


@dataclass(frozen=True)
class Request:
    """Score rows of one benchmark with the documents that say how to read them.

    Attributes
    ----------
    scores : DataFrame
        Columns of `sambench.metrics.scores_file.SCHEMA`.
    protocol : dict
        Contents of a protocol file.
    benchmark : dict
        Contents of the benchmark file, or its bare id where there is none.
    methods : dict of str to dict
        Label and control of each method that has a recipe.
    """

    scores: pd.DataFrame
    protocol: dict
    benchmark: dict
    methods: dict[str, dict]


def score_paths(paths: Iterable[Path | str]) -> list[Path]:
    """List score files: files as they are, folders searched for Parquet files."""
    found: list[Path] = []
    for path in map(Path, paths):
        found += sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
    return found


def load_request(
    paths: Iterable[Path | str], protocol: str, benchmark: str | None = None
) -> Request:
    """Read score files and the documents that they name.

    Parameters
    ----------
    paths : iterable of Path or str
        Score files, or folders of them.
    protocol : str
        Name of a file in `config/protocols`, the user's own folder first.
    benchmark : str, optional
        Keep the rows of one benchmark, where the files have several.

    Raises
    ------
    InputError
        No such protocol or scores, or rows of several benchmarks.
    """
    catalogue = Catalogue([Path("config"), CONFIG])
    paths = list(paths)
    files = score_paths(paths)
    if not files:
        raise InputError(
            where=", ".join(map(str, paths)),
            found="no score file",
            expected="files ending in .parquet",
            remedy="Name files that `sambench score` or the pipeline has written",
        )
    scores = read_many(files)
    names = sorted(scores["benchmark"].unique())
    if benchmark is not None:
        scores = scores[scores["benchmark"] == benchmark]
    if scores["benchmark"].nunique() != 1:
        raise InputError(
            where="scores",
            found=f"rows of {', '.join(names)}",
            expected="one benchmark",
            remedy="Name it with --benchmark",
        )
    name = str(scores["benchmark"].iloc[0])
    known = name in catalogue.names("benchmarks")
    document = catalogue.load("benchmarks", name, "benchmark") if known else None
    recipes = set(catalogue.names("methods")) & set(scores["method"])
    methods = catalogue.load_all("methods", sorted(recipes), "methods")
    return Request(
        scores=scores,
        protocol=catalogue.load("protocols", protocol, "protocol"),
        benchmark=document or {"id": name, "label": name},
        methods={
            key: {"label": recipe["label"], "control": recipe["control"]}
            for key, recipe in methods.items()
        },
    )
