"""Everything that the page shows, gathered from files under `results/`."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from sambench.metrics.names import metric_label
from sambench.metrics.scores_file import read_scores
from sambench.published.comparison import Comparison
from sambench.published.layout import lay_out_comparison
from sambench.ranking.layout import lay_out_pairs, lay_out_ranks
from sambench.ranking.report import claimed_winner
from sambench.report.cases import compact_cases
from sambench.report.datasets import lay_out_findings, lay_out_inventory, lay_out_offers
from sambench.report.pictures import picture
from sambench.report.runs import read_records
from sambench.report.summary import control_checks, summarise_runs
from sambench.tables.effect import lay_out_effect
from sambench.tables.layout import Layout, is_synthetic, label_of, lay_out
from sambench.tables.matrix import lay_out_matrix
from sambench.tables.protocol import in_words, policy


def gather(
    *,
    config: Mapping,
    benchmarks: Mapping[str, dict],
    totals: Mapping[str, int],
    offers: Mapping[str, Sequence[Mapping[str, str]]],
    protocols: Mapping[str, dict],
    recipes: Mapping[str, dict[str, dict]],
    scores: Sequence[Path],
    tables: Sequence[Path],
    comparisons: Sequence[Path],
    ranks: Sequence[Path],
    figures: Sequence[Path],
    records: Sequence[Path],
    inventories: Sequence[Path],
    findings: Sequence[Path],
) -> dict:
    """Read every file and arrange it for `sambench.report.page.render`.

    Parameters
    ----------
    config : mapping
        The configuration, complete with defaults.
    benchmarks : mapping
        Benchmark files as they were narrowed, by id.
    totals : mapping
        Number of domains of each benchmark before it was narrowed.
    offers : mapping
        By benchmark, which data sets can serve each domain
        (`sambench.settings.serving.offers_of`).
    protocols : mapping
        Protocol files, by id.
    recipes : mapping
        Recipes by benchmark, then method.
    scores, tables, comparisons, ranks, figures, records : sequence of Path
        Files of these results; pages of tables and comparisons stand for the CSV beside
        them.
    inventories, findings : sequence of Path
        Files of the data sets.

    Returns
    -------
    dict
        `summary`, `recipes`, `inventories`, `findings`, `offers` and `protocols` for
        the template, `data` for the script of the page.
    """
    methods = {
        benchmark: {name: _brief(recipe) for name, recipe in by_method.items()}
        for benchmark, by_method in recipes.items()
    }
    rankings = {}
    for path in map(Path, ranks):
        rankings[path.parent.name, path.name.removesuffix(".csv")] = pd.read_csv(path)
    frames = {path.stem: read_scores(path) for path in map(Path, scores)}
    data_source = {
        name: "+".join(sorted(frame["data_source"].unique()))
        for name, frame in frames.items()
    }
    shown = [
        *(_table(Path(p), benchmarks, protocols, methods) for p in tables),
        *(_comparison(Path(p), benchmarks, protocols, methods) for p in comparisons),
    ]
    for path in map(Path, ranks):
        shown += _ranking(path, benchmarks, protocols, methods, data_source)
    every = {name: recipe for by in recipes.values() for name, recipe in by.items()}
    return {
        "title": config["title"],
        "synthetic": any(map(is_synthetic, data_source.values())),
        "summary": {
            "benchmarks": [
                _ran(name, benchmarks[name], totals[name], frames[name])
                for name in benchmarks
            ],
            "winners": _winners(rankings, benchmarks, protocols, methods),
            "checks": control_checks(rankings),
            "runs": summarise_runs(read_records(records)),
            "seeds": config["seeds"],
        },
        "recipes": list(every.values()),
        "inventories": [lay_out_inventory(Path(path)) for path in inventories],
        "findings": lay_out_findings(map(Path, findings)),
        "offers": [
            {"benchmark": benchmarks[name]["label"], **lay_out_offers(rows)}
            for name, rows in offers.items()
        ],
        "protocols": [
            protocol | {"words": in_words(protocol)} for protocol in protocols.values()
        ],
        "data": {
            "benchmarks": {
                name: {
                    "label": benchmark["label"],
                    "protocols": benchmark["protocols"],
                    "names": _names(benchmark, methods[name]),
                }
                for name, benchmark in benchmarks.items()
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
                    [protocols[p] for p in benchmarks[name]["protocols"]],
                    benchmarks[name],
                )
                for name, frame in frames.items()
            },
            "figures": [picture(path, every) for path in figures],
        },
    }


def _brief(recipe: Mapping) -> dict:
    return {"label": recipe["label"], "control": recipe["control"]}


def _names(benchmark: Mapping, methods: Mapping) -> dict[str, str]:
    domains = {name: d["label"] for name, d in benchmark["domains"].items()}
    labels = {name: label_of(methods, name) for name in methods}
    return domains | labels | {"all": "all domains"}


def _parts(path: Path, root: str) -> tuple[str, ...]:
    return path.parts[path.parts.index(root) + 1 :]


def _csv(path: Path) -> pd.DataFrame:
    return pd.read_csv(path.with_name(f"{path.name.removesuffix('.html')}.csv"))


def _entry(layout: Layout, view: str, benchmark: str, protocol: str, **more) -> dict:
    return {
        "view": view,
        "benchmark": benchmark,
        "protocol": protocol,
        **more,
        **asdict(layout),
    }


def _table(path: Path, benchmarks: Mapping, protocols: Mapping, methods: Mapping):
    parts = _parts(path, "tables")
    name, table = parts[0], _csv(path)
    benchmark, labels = benchmarks[name], methods[name]
    if len(parts) == 2:
        chosen = {p: protocols[p] for p in benchmark["protocols"]}
        return _entry(
            lay_out_effect(table, chosen, benchmark, labels), "effect", name, ""
        )
    protocol, metric = protocols[parts[1]], table["metric"].iloc[0]
    more = {"metric": metric, "metric_label": metric_label(metric)}
    if "matrix" in parts:
        layout = lay_out_matrix(table, protocol, benchmark, labels)
        return _entry(layout, "matrix", name, protocol["id"], **more)
    layout = lay_out(table, protocol, benchmark, labels)
    return _entry(layout, "table", name, protocol["id"], **more)


def _comparison(path: Path, benchmarks: Mapping, protocols: Mapping, methods: Mapping):
    name, protocol, _ = _parts(path, "published")
    stem = path.name.removesuffix(".html")
    record = json.loads(path.with_name(f"{stem}.json").read_text(encoding="utf-8"))
    found = Comparison(_csv(path), record.pop("obstacle"), record)
    layout = lay_out_comparison(
        found, protocols[protocol], benchmarks[name], methods[name]
    )
    return _entry(layout, "published", name, protocol, metric=stem)


def _ranking(
    path: Path, benchmarks: Mapping, protocols: Mapping, methods: Mapping, source: dict
) -> list[dict]:
    name, protocol = path.parent.name, path.name.removesuffix(".csv")
    about = (protocols[protocol], benchmarks[name], methods[name], source[name])
    pairs = pd.read_csv(path.with_name(f"{protocol}.pairs.csv"))
    return [
        _entry(lay_out_ranks(pd.read_csv(path), *about), "ranks", name, protocol),
        _entry(lay_out_pairs(pairs, *about), "pairs", name, protocol),
    ]


def _ran(name: str, benchmark: dict, total: int, scores: pd.DataFrame) -> dict:
    runs = scores[["method", "source", "seed"]].drop_duplicates()
    return {
        "id": name,
        "label": benchmark["label"],
        "summary": benchmark.get("summary", ""),
        "domains": f"{len(benchmark['domains'])} of {total}",
        "methods": scores["method"].nunique(),
        "runs": len(runs),
        "cases": len(scores[["target", "case"]].drop_duplicates()),
        "data": " and ".join(sorted(scores["data_source"].unique())),
        "references": benchmark.get("references", []),
    }


def _winners(
    rankings: dict, benchmarks: Mapping, protocols: Mapping, methods: Mapping
) -> list[dict]:
    rows = []
    for (name, protocol), table in rankings.items():
        winner = claimed_winner(table)
        if winner is None:
            continue
        best = table.set_index("method").loc[winner]
        rivals = table[~table["control"]]["p_false_claim"].dropna()
        rows.append(
            {
                "benchmark": benchmarks[name]["label"],
                "protocol": protocols[protocol]["label"],
                "method": label_of(methods[name], winner),
                "mean": f"{best['mean']:.2f}",
                "interval": f"{best['mean_low']:.2f} to {best['mean_high']:.2f}",
                "doubt": f"{rivals.max():.3f}" if len(rivals) else "no rival",
            }
        )
    return rows
