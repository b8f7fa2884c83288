"""Merge the bundles of several labs into one."""

import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from sambench.atomic import atomic_path
from sambench.bundle.recompute import recompute
from sambench.bundle.write import require_new, write_manifest
from sambench.errors import InputError
from sambench.metrics.scores_file import read_scores, write_scores
from sambench.report.documents import NAME, Documents, read_documents
from sambench.tables.context import Context

ALIKE = (
    "kind",
    "domains",
    "datasets",
    "split",
    "preparations",
    "image_size",
    "nsd_tolerance",
    "table_columns",
)
"""What of a benchmark has to be the same for its scores to stand in one table."""


def merge_bundles(folders: Sequence[Path], out: Path) -> Documents:
    """Write one bundle of the scores of several, with tables and ranks of all.

    A control of one id is the same everywhere and is taken once; other methods that
    several bundles hold stand beside each other, with the name of their folder.

    Parameters
    ----------
    folders : sequence of Path
        Bundles, whose names tell labs apart.
    out : Path
        New or empty folder; it appears whole.

    Raises
    ------
    InputError
        Two folders of one name, or benchmarks or protocols of one id that differ.
    """
    names = [folder.resolve().name for folder in folders]
    if len(set(names)) < len(names) or len(names) < 2:
        raise InputError(
            where="bundles to merge",
            found=", ".join(names),
            expected="at least two folders of different names",
            remedy="Rename one: methods are told apart by it",
        )
    require_new(out)
    by_name = dict(zip(names, folders, strict=True))
    every = {name: read_documents(folder) for name, folder in by_name.items()}
    protocols = _merged("protocols", {n: d.protocols for n, d in every.items()})
    contexts, recipes, scores = {}, {}, {}
    for benchmark in dict.fromkeys(b for d in every.values() for b in d.contexts):
        of = {name: d for name, d in every.items() if benchmark in d.contexts}
        renamed = _renamed(benchmark, of)
        contexts[benchmark] = _context(benchmark, of, renamed)
        recipes[benchmark] = {
            new: d.recipes[benchmark][old] | {"id": new}
            for name, d in of.items()
            for old, new in renamed[name].items()
        }
        rows = [_rows(by_name[name], benchmark, renamed[name]) for name in of]
        scores[benchmark] = pd.concat(rows, ignore_index=True)
    first = next(iter(every.values()))
    merged = replace(
        first,
        contexts={name: contexts[name].of(scores[name]) for name in contexts},
        protocols=protocols,
        recipes=recipes,
        ceilings={k: v for d in every.values() for k, v in d.ceilings.items()},
        totals={k: v for d in every.values() for k, v in d.totals.items()},
        title=" and ".join(names),
        seeds=max(d.seeds for d in every.values()),
    )
    with atomic_path(out) as whole:
        for benchmark, rows in scores.items():
            write_scores(whole / "scores" / f"{benchmark}.parquet", rows)
        (whole / NAME).write_text(merged.to_json(), encoding="utf-8")
        for path, table in recompute(merged, scores):
            (whole / path).parent.mkdir(parents=True, exist_ok=True)
            table.to_csv(whole / path, index=False, lineterminator="\n")
        for name, folder in by_name.items():
            for record in folder.glob("runs/**/run.json"):
                copy = whole / "labs" / name / record.relative_to(folder)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(record, copy)
        files = (path for path in whole.rglob("*") if path.is_file())
        write_manifest(whole, [path.relative_to(whole).as_posix() for path in files])
    return merged


def _merged(what: str, parts: Mapping[str, Mapping]) -> dict:
    """Join documents by id; those of one id have to be equal."""
    found: dict = {}
    for name, documents in parts.items():
        for key, document in documents.items():
            if found.setdefault(key, document) != document:
                raise InputError(
                    where=f"bundle '{name}', {what} '{key}'",
                    found="another document than in the bundles before",
                    expected=f"equal {what} of one id",
                    remedy="Rename one: numbers of both cannot stand in one table",
                )
    return found


def _renamed(benchmark: str, of: Mapping[str, Documents]) -> dict[str, dict[str, str]]:
    """Return by bundle the new ids of its methods."""
    counts = Counter(m for d in of.values() for m in d.recipes[benchmark])
    taken: set[str] = set()
    renamed: dict[str, dict[str, str]] = {}
    for name, documents in of.items():
        renamed[name] = {}
        for method, recipe in documents.recipes[benchmark].items():
            if counts[method] == 1:
                renamed[name][method] = method
            elif not recipe["control"]:
                renamed[name][method] = f"{method}_{name}".lower().replace("-", "_")
            elif method not in taken:
                renamed[name][method] = method
                taken.add(method)
    every = Counter(new for ids in renamed.values() for new in ids.values())
    twice = [new for new, count in every.items() if count > 1]
    if twice:
        raise InputError(
            where="bundles to merge",
            found=f"'{twice[0]}' for methods of two of {', '.join(of)}",
            expected="folders whose names, in small letters with _ for -, tell them "
            "apart",
            remedy="Rename one of the folders",
        )
    return renamed


def _context(
    benchmark: str, of: Mapping[str, Documents], renamed: Mapping[str, Mapping]
) -> Context:
    methods, files = {}, []
    for name, documents in of.items():
        context = documents.contexts[benchmark]
        files.append(context.benchmark)
        for old, new in renamed[name].items():
            brief = dict(context.methods[old])
            if new != old:
                brief["label"] = f"{brief['label']}, {name}"
            methods[new] = brief
    first = files[0]
    for file in files[1:]:
        other = [key for key in ALIKE if file.get(key) != first.get(key)]
        if other:
            raise InputError(
                where=f"benchmark '{benchmark}'",
                found=f"another '{other[0]}' in one bundle than in another",
                expected="the same benchmark",
                remedy="Merge runs of the same domains and preparation",
            )
    protocols = [p for file in files for p in file["protocols"]]
    common = [p for p in first["protocols"] if all(p in f["protocols"] for f in files)]
    if not common:
        raise InputError(
            where=f"benchmark '{benchmark}'",
            found=f"the protocols {', '.join(dict.fromkeys(protocols))}, none in all",
            expected="at least one protocol in common",
            remedy="Score one of the runs under another protocol",
        )
    return Context(dict(first) | {"protocols": common}, {}, methods)


def _rows(folder: Path, benchmark: str, renamed: Mapping[str, str]) -> pd.DataFrame:
    rows = read_scores(folder / "scores" / f"{benchmark}.parquet")
    rows = rows[rows["method"].isin(renamed)]
    return rows.assign(method=rows["method"].map(renamed))
