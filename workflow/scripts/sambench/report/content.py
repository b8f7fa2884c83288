"""Everything that the page shows, gathered from files under `results/`."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
from scipy.stats import t as student

from sambench.metrics.names import FAMILIES
from sambench.metrics.scores_file import read_scores
from sambench.ranking.samples import FEWEST_CASES
from sambench.report.cases import compact_cases
from sambench.report.datasets import lay_out_findings, lay_out_inventory, lay_out_offers
from sambench.report.pictures import picture
from sambench.report.recipes import recipe_card
from sambench.report.runs import read_records
from sambench.report.summary import control_checks, summarise_runs
from sambench.tables.context import Context, data_source_of, is_synthetic
from sambench.tables.protocol import in_words, policy


def gather(
    *,
    config: Mapping,
    contexts: Mapping[str, Context],
    totals: Mapping[str, int],
    offers: Mapping[str, Sequence[Mapping[str, str]]],
    protocols: Mapping[str, dict],
    recipes: Mapping[str, dict[str, dict]],
    scores: Sequence[Path],
    tables: Sequence[Path],
    ranks: Sequence[Path],
    figures: Sequence[Path],
    records: Sequence[Path],
    inventories: Sequence[Path],
    findings: Sequence[Path],
    galleries: Sequence[Path] = (),
    origin: Mapping[str, str] | None = None,
) -> dict:
    """Read every file and arrange it for `sambench.report.page.render`.

    Parameters
    ----------
    config : mapping
        The configuration, complete with defaults.
    contexts : mapping
        By benchmark, its file as it was narrowed and its methods.
    totals : mapping
        Number of domains of each benchmark before it was narrowed.
    offers : mapping
        By benchmark, which data sets can serve each domain
        (`sambench.settings.availability.offers_of`).
    protocols : mapping
        Protocol files, by id.
    recipes : mapping
        Recipes by benchmark, then method.
    scores, tables, ranks, figures, records : sequence of Path
        Files of these results; the layouts of tables and ranks are the JSON files
        beside the others.
    inventories, findings : sequence of Path
        Files of the data sets.
    galleries : sequence of Path
        Records of the images of cases, see `sambench.gallery.write`; none if images
        must not be shown.
    origin : mapping, optional
        `date`, `commit` and `command` of this run, as far as they are known.

    Returns
    -------
    dict
        `summary`, `recipes`, `inventories`, `findings`, `offers` and `protocols` for
        the template, `data` for the script of the page.
    """
    documents = {
        (path.parent.name, path.name.removesuffix(".csv")): _json(path)
        for path in map(Path, ranks)
    }
    rankings = {
        (path.parent.name, path.name.removesuffix(".csv")): pd.read_csv(path)
        for path in map(Path, ranks)
    }
    frames = {path.stem: read_scores(path) for path in map(Path, scores)}
    shown = [_json(Path(path)) for path in tables]
    for (name, protocol), document in documents.items():
        about = {"benchmark": name, "protocol": protocol, "metric": "dice"}
        shown += [about | document["ranks"], about | document["pairs"]]
    every = {name: recipe for by in recipes.values() for name, recipe in by.items()}
    runs = read_records(records)
    pictures = (picture(path) for path in figures)
    return {
        "title": config["title"],
        "synthetic": any(
            is_synthetic(data_source_of(frame)) for frame in frames.values()
        ),
        "shortened": any(context.shortened for context in contexts.values()),
        "origin": {"date": "", "commit": "", "command": ""} | dict(origin or {}),
        "summary": {
            "benchmarks": [
                _ran(contexts[name], totals[name], frames[name]) for name in contexts
            ],
            "winners": _winners(documents, contexts, protocols),
            "controls": _controls(documents, contexts, protocols),
            "suspects": _suspects(documents, contexts, protocols),
            "checks": control_checks(rankings),
            "runs": summarise_runs(runs),
            "records": _records(runs, records, contexts),
            "seeds": config["seeds"],
        },
        "recipes": [recipe_card(recipe) for recipe in every.values()],
        "inventories": [lay_out_inventory(Path(path)) for path in inventories],
        "findings": lay_out_findings(map(Path, findings)),
        "offers": [
            {"benchmark": contexts[name].name, **lay_out_offers(rows)}
            for name, rows in offers.items()
        ],
        "protocols": [
            protocol | {"words": in_words(protocol)} for protocol in protocols.values()
        ],
        "data": {
            "fewest_cases": FEWEST_CASES,
            "student": _student(),
            "lower_is_better": [n for n, f in FAMILIES.items() if f.lower_is_better],
            "benchmarks": {
                name: {
                    "label": context.name,
                    "protocols": context.benchmark["protocols"],
                    "names": _names(context),
                    "methods": _methods(context, recipes[name]),
                    "domains": list(context.benchmark["domains"]),
                    "structures": context.structures(frames[name]["structure"]),
                }
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
                name: compact_cases(
                    frame,
                    [protocols[p] for p in contexts[name].benchmark["protocols"]],
                    contexts[name].benchmark,
                )
                for name, frame in frames.items()
            },
            "figures": [found for found in pictures if found],
            "images": {Path(path).stem: _read(Path(path)) for path in galleries},
        },
    }


def _student() -> list[float]:
    """List the 97.5 % quantile of Student's t for n cases, 0 below two."""
    return [0.0, 0.0, *student.ppf(0.975, range(1, 299)).round(4).tolist()]


def _read(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def _json(path: Path) -> dict:
    """Read the layout beside a page or a CSV file."""
    return _read(path.with_name(path.name.rsplit(".", 1)[0] + ".json"))


def _names(context: Context) -> dict[str, str]:
    domains = {
        name: context.column_label(name) for name in context.benchmark["domains"]
    }
    labels = {method: context.label(method) for method in context.methods}
    return domains | labels | {"all": "all domains"}


def _methods(context: Context, recipes: Mapping) -> list[dict]:
    """List the methods of a benchmark with what sets them apart."""
    order = context.in_blocks(context.in_order(recipes))
    return [
        {
            "id": method,
            "label": context.label(method),
            "block": context.block(method),
            "control": context.is_control(method),
        }
        for method in order
    ]


def _ran(context: Context, total: int, scores: pd.DataFrame) -> dict:
    runs = scores[["method", "source", "seed"]].drop_duplicates()
    benchmark = context.benchmark
    return {
        "id": benchmark["id"],
        "label": context.name,
        "summary": benchmark.get("summary", ""),
        "domains": f"{len(benchmark['domains'])} of {total}",
        "methods": scores["method"].nunique(),
        "runs": len(runs),
        "cases": len(scores[["target", "case"]].drop_duplicates()),
        "data": " and ".join(sorted(scores["data_source"].unique())),
        "references": benchmark.get("references", []),
    }


def _each(documents: Mapping, contexts: Mapping, protocols: Mapping, part: str) -> list:
    """List the rows of one part of all rankings, with benchmark and protocol."""
    return [
        {"benchmark": contexts[name].name, "protocol": protocols[protocol]["label"]}
        | {"benchmark_id": name, "protocol_id": protocol}
        | row
        for (name, protocol), document in documents.items()
        for row in document[part]
    ]


def _winners(documents: Mapping, contexts: Mapping, protocols: Mapping) -> list[dict]:
    """List winners, protocols of one benchmark that agree in one row."""
    merged: dict[tuple, dict] = {}
    for row in _each(documents, contexts, protocols, "winners"):
        row["protocols"] = [row.pop("protocol_id")]
        same = (
            "benchmark_id",
            "block",
            "method",
            "mean",
            "interval",
            "doubt",
            "against",
        )
        key = tuple(row[name] for name in same)
        if key in merged:
            merged[key]["protocols"] += row["protocols"]
        else:
            merged[key] = row
    return list(merged.values())


def _controls(documents: Mapping, contexts: Mapping, protocols: Mapping) -> list[dict]:
    """List the methods that do not beat a control under the first protocol."""
    first = {
        key: document
        for key, document in documents.items()
        if key[1] == contexts[key[0]].benchmark["protocols"][0]
    }
    return _each(first, contexts, protocols, "controls")


def _suspects(documents: Mapping, contexts: Mapping, protocols: Mapping) -> list[dict]:
    return _each(documents, contexts, protocols, "suspects")


def _records(
    runs: Sequence[dict], paths: Sequence[Path], contexts: Mapping[str, Context]
) -> list[dict]:
    """List the trainings with a link to the record of each."""
    return [
        {
            "benchmark": contexts[run["benchmark"]].name,
            "method": contexts[run["benchmark"]].label(run["method"]),
            "source": contexts[run["benchmark"]].column_label(run["source"]),
            "seed": run["seed"],
            "seconds": round(run.get("seconds") or 0),
            "link": "/".join(Path(path).parts[-6:]),
        }
        for run, path in zip(runs, paths, strict=True)
    ]
