"""What a table needs, from paths and names: score rows, protocol, benchmark, labels."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from sambench.checkout import CONFIG
from sambench.errors import InputError
from sambench.metrics.scores_file import read_many
from sambench.settings.catalogue import Catalogue
from sambench.settings.contamination import read_contamination, seen_by
from sambench.tables.context import Context, brief


def score_paths(paths: Iterable[Path | str]) -> list[Path]:
    """List score files: files as they are, folders searched for Parquet files."""
    found: list[Path] = []
    for path in map(Path, paths):
        found += sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
    return found


def load_request(
    paths: Iterable[Path | str], protocol: str, benchmark: str | None = None
) -> tuple[pd.DataFrame, Context]:
    """Read score files, or folders of them, and the documents that they name.

    Documents of the user's own folder `config` come first; a benchmark without one is a
    bare id. If the files have several benchmarks, one has to be named. An `InputError`
    for other rows, or an unknown protocol.
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
        remedy = "Name one of them with --benchmark" if names else "Score masks first"
        raise InputError(
            where=", ".join(map(str, paths)),
            found=f"rows of {', '.join(names)}" if names else "no row",
            expected=f"rows of benchmark {benchmark}" if benchmark else "one benchmark",
            remedy=remedy,
        )
    name = str(scores["benchmark"].iloc[0])
    known = name in catalogue.names("benchmarks")
    document = catalogue.load("benchmarks", name, "benchmark") if known else None
    recipes = set(catalogue.names("methods")) & set(scores["method"])
    methods = catalogue.load_all("methods", sorted(recipes), "methods")
    backbones = read_contamination(catalogue.folders)
    context = Context(
        benchmark=document or {"id": name, "label": name},
        protocol=catalogue.load("protocols", protocol, "protocol"),
        methods={
            key: brief(recipe, seen_by(recipe, backbones))
            for key, recipe in methods.items()
        },
    )
    return scores, context.of(scores)
