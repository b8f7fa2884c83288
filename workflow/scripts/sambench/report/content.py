"""Everything that the page shows, gathered from files under `results/`."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from sambench.metrics.names import FAMILIES
from sambench.metrics.scores_file import read_scores
from sambench.ranking.pairwise import FEWEST_CASES
from sambench.report.cases import compact_cases
from sambench.report.datasets import lay_out_findings, lay_out_inventory, lay_out_offers
from sambench.report.documents import Documents
from sambench.report.pictures import picture
from sambench.report.recipes import recipe_cards
from sambench.report.runs import read_records
from sambench.report.summary import control_checks, summarise_runs
from sambench.tables.context import Context, data_source_of, is_synthetic
from sambench.tables.protocol import in_words, policy


def gather(
    documents: Documents,
    *,
    scores: Sequence[Path],
    tables: Sequence[Path],
    ranks: Mapping[tuple[str, str], Path],
    records: Sequence[Path],
    figures: Mapping[tuple[str, str, str], Path],
    galleries: Mapping[str, Path],
    inventories: Sequence[Path] = (),
    findings: Sequence[Path] = (),
    offers: Mapping[str, Sequence[Mapping[str, str]]] | None = None,
    origin: Mapping[str, str] | None = None,
) -> dict:
    """Read every file and arrange it for `sambench.report.page.render`.

    Parameters
    ----------
    documents : Documents
        How the scores are read.
    scores, tables, records, inventories, findings : sequence of Path
        Files of these results; the layouts of tables are the JSON files beside them.
    ranks : mapping
        By benchmark and protocol, the CSV file of a ranking; a JSON file is beside it.
    figures : mapping
        By benchmark, protocol ("" if it is of none) and figure, an SVG file.
    galleries : mapping
        By benchmark, the record of the images of its cases, see
        `sambench.gallery.write`; none if images must not be shown.
    offers : mapping
        By benchmark, which data sets can serve each domain
        (`sambench.settings.availability.offers_of`).
    origin : mapping, optional
        `date`, `commit` and `command` of this run, as far as they are known.

    Returns
    -------
    dict
        `summary`, `recipes`, `inventories`, `findings`, `offers` and `protocols` for
        the template, `data` for the script of the page.
    """
    contexts, protocols = documents.contexts, documents.protocols
    frames = {frame["benchmark"].iloc[0]: frame for frame in map(read_scores, scores)}
    rankings = [
        {"benchmark": name, "protocol": protocol, "metric": "dice"} | _layout(path)
        for (name, protocol), path in ranks.items()
    ]
    shown = [_layout(path) for path in tables]
    for ranking in rankings:
        about = {key: ranking[key] for key in ("benchmark", "protocol", "metric")}
        shown += [about | ranking["ranks"], about | ranking["pairs"]]
    names = {name: context.name for name, context in contexts.items()}
    runs = read_records(records)
    pictures = (picture(path, *names) for names, path in figures.items())
    firsts = {name: c.benchmark["protocols"][0] for name, c in contexts.items()}
    first = [r for r in rankings if firsts[r["benchmark"]] == r["protocol"]]
    return {
        "title": documents.title,
        "synthetic": any(is_synthetic(data_source_of(f)) for f in frames.values()),
        "shortened": any(context.shortened for context in contexts.values()),
        "origin": {"date": "", "commit": "", "command": ""} | dict(origin or {}),
        "summary": {
            "benchmarks": [
                _ran(context, documents.totals[name], frames[name])
                for name, context in contexts.items()
            ],
            "winners": _winners(rankings, documents),
            "controls": _rows("controls", first, documents),
            "suspects": _rows("suspects", rankings, documents),
            "checks": control_checks(map(pd.read_csv, ranks.values())),
            "runs": summarise_runs(runs),
            "records": [_record(run, contexts[run["benchmark"]]) for run in runs],
            "seeds": documents.seeds,
        },
        "recipes": recipe_cards(documents.recipes, names),
        "inventories": [lay_out_inventory(path) for path in inventories],
        "findings": lay_out_findings(findings),
        "offers": [
            {"benchmark": names[name], **lay_out_offers(rows)}
            for name, rows in (offers or {}).items()
        ],
        "protocols": [p | {"words": in_words(p)} for p in protocols.values()],
        "data": {
            "fewest_cases": FEWEST_CASES,
            "student": _student(),
            "lower_is_better": [n for n, f in FAMILIES.items() if f.lower_is_better],
            "benchmarks": {
                name: _benchmark(context, documents.recipes[name], frames[name])
                for name, context in contexts.items()
            },
            "protocols": {
                name: {
                    "label": protocol["label"],
                    "words": in_words(protocol),
                    "policy": policy(protocol),
                }
                for name, protocol in protocols.items()
            },
            "tables": shown,
            "cases": {
                name: compact_cases(frame, documents.under(name))
                for name, frame in frames.items()
            },
            "figures": [found for found in pictures if found],
            "images": {name: _read(Path(path)) for name, path in galleries.items()},
        },
    }


def _student() -> list[float]:
    """List the 97.5 % quantile of Student's t for n cases, 0 below two."""
    return [0.0, 0.0, *stdtrit(np.arange(1, 299), 0.975).round(4).tolist()]


def _read(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def _layout(path: Path | str) -> dict:
    """Read the layout beside a page or a CSV file; a metric may hold a dot."""
    stem, _, _ = str(path).rpartition(".")
    return _read(Path(f"{stem}.json"))


def _benchmark(context: Context, recipes: Mapping, scores: pd.DataFrame) -> dict:
    domains = context.benchmark["domains"]
    names = {name: context.column_label(name) for name in domains}
    names |= {method: context.label(method) for method in context.methods}
    return {
        "label": context.name,
        "protocols": context.benchmark["protocols"],
        "names": names | {"all": "all domains"},
        "methods": [
            {
                "id": method,
                "label": context.label(method),
                "block": context.block(method),
                "control": context.is_control(method),
            }
            for method in context.in_blocks(context.in_order(recipes))
        ],
        "domains": list(domains),
        "structures": context.structures(scores["structure"]),
    }


def _ran(context: Context, total: int, scores: pd.DataFrame) -> dict:
    benchmark = context.benchmark
    return {
        "id": benchmark["id"],
        "label": context.name,
        "summary": benchmark.get("summary", ""),
        "domains": f"{len(benchmark['domains'])} of {total}",
        "methods": scores["method"].nunique(),
        "runs": len(scores[["method", "source", "seed"]].drop_duplicates()),
        "cases": len(scores[["target", "case"]].drop_duplicates()),
        "data": " and ".join(sorted(scores["data_source"].unique())),
        "references": benchmark.get("references", []),
    }


def _rows(part: str, rankings: Sequence[Mapping], documents: Documents) -> list[dict]:
    """List the rows of one part of all rankings, with benchmark and protocol."""
    return [
        {
            "benchmark": documents.contexts[ranking["benchmark"]].name,
            "protocol": documents.protocols[ranking["protocol"]]["label"],
            "benchmark_id": ranking["benchmark"],
            "protocol_id": ranking["protocol"],
        }
        | row
        for ranking in rankings
        for row in ranking[part]
    ]


def _winners(rankings: Sequence[Mapping], documents: Documents) -> list[dict]:
    """List winners, protocols of one benchmark that agree in one row."""
    same = ("benchmark_id", "block", "method", "mean", "interval", "doubt", "against")
    merged: dict[tuple, dict] = {}
    for row in _rows("winners", rankings, documents):
        found = merged.setdefault(tuple(row[name] for name in same), row)
        found.setdefault("protocols", []).append(row.pop("protocol_id"))
    return list(merged.values())


def _record(run: Mapping[str, Any], context: Context) -> dict:
    """Return a training with a link to its record."""
    folder = f"runs/{run['benchmark']}/{run['method']}/{run['source']}"
    return {
        "benchmark": context.name,
        "method": context.label(run["method"]),
        "source": context.column_label(run["source"]),
        "seed": run["seed"],
        "seconds": round(run.get("seconds") or 0),
        "link": f"{folder}/seed{run['seed']}/run.json",
    }
