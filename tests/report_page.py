"""A small set of results, and the page made of them, for the tests of the report."""

import json
import pickle
from pathlib import Path

import numpy as np
import pandas as pd

from sambench.data.cases import INVENTORY_COLUMNS
from sambench.data.findings import PASSED, WARNING, Finding, write_findings
from sambench.figures.critical_difference import critical_difference
from sambench.figures.effect import effect
from sambench.figures.stability import stability
from sambench.gallery.choice import choose_cases
from sambench.gallery.images import View, runs_of
from sambench.metrics.scores_file import SCHEMA, write_scores
from sambench.published.ceiling import write_tables
from sambench.published.comparison import compare
from sambench.published.numbers import read_published
from sambench.published.printed_table import lay_out_comparison
from sambench.published.selection import PART_OF_GRID
from sambench.ranking.record import write_ranks
from sambench.report.content import gather
from sambench.report.documents import Documents
from sambench.report.page import render
from sambench.settings.availability import offers_of
from sambench.settings.catalogue import Catalogue
from sambench.settings.settings import load_settings
from sambench.tables.context import Context, brief
from sambench.tables.effect import build_effect, lay_out_effect
from sambench.tables.protocol import protocol_metrics, views
from sambench.tables.render import write_table

STRICT = {"id": "strict", "slices": "all", "average": "targets", "grid": "native"}
PAGE, CONTENT = "report.html", "content.pickle"
METHODS = ("erm", "samed", "sam_box", "oracle", "empty", "box")
LEVELS = {
    "erm": 60,
    "samed": 58,
    "sam_box": 80,
    "oracle": 100,
    "empty": 0,
    "box": 85,
}


def settings_of(repository: Path):
    """Two benchmarks of the repository, narrowed, with their controls."""
    config = {
        "title": "A <small> report & its page",
        "benchmarks": ["prostate", "riga"],
        "methods": list(METHODS),
        "data_source": "synthetic",
        "select": {
            "prostate": {"sources": ["RUNMC", "BMC"], "targets": ["HK", "UCL"]},
            "riga": {"sources": ["BinRushed"]},
        },
    }
    settings = load_settings(config, [repository / "config"])
    names = ["strict", "dapsam", "csdg"]
    for benchmark in settings.benchmarks.values():
        benchmark["protocols"] = names
    catalogue = Catalogue([repository / "config"])
    settings.protocols.clear()
    settings.protocols.update(catalogue.load_all("protocols", names, "protocols"))
    return settings


def scores_of(benchmark: dict, protocols: list[dict]) -> pd.DataFrame:
    """Random scores of every method, source and target: three cases each."""
    generator = np.random.default_rng(0)
    structures = list(next(iter(benchmark["domains"].values()))["structures"])
    px = benchmark["kind"] == "photo"
    units = {"dice": "%", "nsd_2px" if px else "nsd_2mm": "%"}
    scored = sorted({view[1:3] for view in views(protocols, benchmark)})
    units |= dict.fromkeys(("hd95_pooled", "assd"), "px" if px else "mm")
    records = []
    for method in METHODS:
        for source in benchmark["sources"]:
            for target in benchmark["targets"]:
                for case in range(3):
                    for structure in structures:
                        dice = LEVELS[method]
                        if 0 < dice < 100:
                            dice += generator.uniform(-10, 10)
                        records += [
                            {
                                "benchmark": benchmark["id"],
                                "method": method,
                                "source": source,
                                "target": target,
                                "seed": 1,
                                "case": f"{target}_{case}",
                                "structure": structure,
                                "slices": slices,
                                "selection": "any",
                                "grid": "any",
                                "post_processing": treatment,
                                "metric": metric,
                                "unit": unit,
                                "value": dice if unit == "%" else 100 - dice,
                                "outcome": "scored" if dice else "missed",
                                "data_source": "synthetic",
                            }
                            for slices, treatment in scored
                            for metric, unit in units.items()
                        ]
    return pd.DataFrame(records)[SCHEMA.names]


def write_results(root: Path, repository: Path) -> dict:
    """Write the files of a run without training; give the arguments of `gather`."""
    settings = settings_of(repository)
    numbers = read_published([repository / "config" / "published"])
    files: dict[str, list[Path]] = {key: [] for key in ("scores", "tables", "records")}
    figures, rankings = {}, {}
    contexts, frames = {}, {}
    for name, benchmark in settings.benchmarks.items():
        protocols = {p: settings.protocols[p] for p in benchmark["protocols"]}
        methods = {m: brief(recipe) for m, recipe in settings.recipes[name].items()}
        scores = scores_of(benchmark, list(protocols.values()))
        frames[name] = scores
        path = root / "scores" / f"{name}.parquet"
        write_scores(path, scores)
        files["scores"].append(path)
        contexts[name] = Context(benchmark, {}, methods).of(scores)
        under = [contexts[name].under(protocol) for protocol in protocols.values()]
        table = build_effect(scores, under)
        stem = root / "tables" / name / "protocols"
        write_table(table, lay_out_effect(table, under), stem)
        files["tables"].append(stem.with_suffix(".html"))
        stem = root / "figures" / name / "protocols"
        effect(table, under, stem)
        figures[name, "", "protocols"] = stem.with_suffix(".svg")
        for context in under:
            key = context.protocol["id"]
            for metric in protocol_metrics(context.protocol, benchmark):
                stem = root / "tables" / name / key / metric
                write_tables(scores, context, metric, [], stem)
                files["tables"] += [
                    stem.parent / f"{metric}.html",
                    stem.parent / "matrix" / f"{metric}.html",
                ]
            ranks = root / "ranks" / name / f"{key}.csv"
            ranking = write_ranks(scores, context, ranks)
            rankings[name, key] = ranks
            stem = root / "figures" / name / key
            stability(ranking, context, stem / "stability")
            critical_difference(ranking, context, stem / "critical_difference")
            for figure in ("stability", "critical_difference"):
                figures[name, key, figure] = stem / f"{figure}.svg"
        if name == "prostate":
            context = contexts[name].under(protocols["csdg"])
            found = compare(scores, numbers, context, departure=PART_OF_GRID)
            stem = root / "published" / name / "csdg" / "dice"
            write_table(found.cells, lay_out_comparison(found, context), stem)
            files["tables"].append(stem.with_suffix(".html"))
    documents = Documents(
        contexts=contexts,
        protocols=settings.protocols,
        recipes=settings.recipes,
        totals={"prostate": 6, "riga": 5},
        title=settings.config["title"],
        seeds=settings.config["seeds"],
    )
    (root / "documents.json").write_text(documents.to_json())
    run = root / "runs" / "prostate" / "erm" / "RUNMC" / "seed1" / "run.json"
    run.parent.mkdir(parents=True)
    record = {
        "seconds": 12.0,
        "device": "cpu",
        "platform": "Linux",
        "python": "3.11",
        "versions": {"torch": "2.13.0"},
        "peak_memory_bytes": 2**31,
        "trained_parameters": 5,
        "parameters": 5,
    }
    run.write_text(json.dumps(record))
    files["records"].append(run)
    inventory = root / "inventory" / "saml_prostate.csv"
    inventory.parent.mkdir()
    pd.DataFrame(
        {
            "dataset": "saml_prostate",
            "group": ["RUNMC", "RUNMC", "BMC"],
            "case": ["RUNMC_Case00", "RUNMC_Case01", "BMC_Case00"],
            "patient": ["0", "1", "2"],
            "n_slices": [20, 24, 20],
            "n_rows": 384,
            "n_columns": 384,
            "spacing_z": [3.0, 3.6, 3.0],
            "spacing_y": 0.6,
            "spacing_x": 0.6,
            "labels": "0 1 2",
            "foreground_slices": [10, 12, 9],
            "foreground_voxels": 900,
        },
        columns=list(INVENTORY_COLUMNS),
    ).to_csv(inventory, index=False)
    findings = inventory.with_name("saml_prostate.findings.csv")
    missing = tuple(f"RUNMC_Case{number:02d}" for number in range(2, 30))
    about = ("saml_prostate", "cases of RUNMC", "30, by their ids", "2; missing 28")
    write_findings(
        [
            Finding("saml_prostate", "pairs", "an image and a mask", "3", PASSED, 3),
            Finding(*about, WARNING, 2, missing),
        ],
        findings,
    )
    files_of = Catalogue([repository / "config"]).load_all(
        "benchmarks", settings.benchmarks, "benchmarks"
    )
    offers = {
        name: offers_of(
            files_of[name], narrowed, settings.is_available, lambda dataset: "synthetic"
        )
        for name, narrowed in settings.benchmarks.items()
    }
    return {
        "documents": documents,
        "figures": figures,
        "ranks": rankings,
        "offers": offers,
        "findings": [findings],
        "galleries": {
            name: write_images(root, context, frames[name])
            for name, context in contexts.items()
        },
        "origin": {
            "date": "2026-01-02 03:04 UTC",
            "commit": "0123456789ab",
            "command": "snakemake --cores all",
        },
        "inventories": [inventory],
        **files,
    }


def write_images(root: Path, context: Context, scores: pd.DataFrame) -> Path:
    """Write discs that grow and shift: three slices for each case, by every run."""
    first = Context(context.benchmark, {**STRICT}, context.methods)
    chosen = choose_cases(scores, first)
    structures = list(next(iter(context.benchmark["domains"].values()))["structures"])
    view = View.of((40, 48), turned=False)
    y, x = np.mgrid[:40, :48]
    noise = np.random.default_rng(1).normal(100, 20, (40, 48))

    def masks(shift):
        return [
            [
                runs_of(
                    (y - 20) ** 2 + (x - 24 - shift) ** 2 < (4 + 2 * z - 2 * n) ** 2
                )
                for n in range(len(structures))
            ]
            for z in range(3)
        ]

    name = context.benchmark["id"]
    folder = root / "report_cases" / name
    folder.mkdir(parents=True)
    wanted = {(entry["target"], entry["case"]) for entry in chosen}
    files, cases = {}, {}
    for target in context.benchmark["targets"]:
        for number in range(3):
            case, file = f"{target}_{number}", f"{target}_{number:03d}.js"
            runs = {"label": masks(0)}
            for shift, method in enumerate(METHODS):
                trained = method in ("erm", "samed")
                sources = context.benchmark["sources"] if trained else ["any"]
                runs |= {f"{method}/{source}": masks(shift) for source in sources}
            document = {
                "target": target,
                "case": case,
                "structures": structures,
                "shape": list(view.shape),
                "aspect": 1.25,
                "turned": False,
                "shown": 2,
                "images": [view.picture(noise + 10 * z, (40, 160)) for z in range(3)],
                "masks": runs,
            }
            files.setdefault(target, {})[case] = file
            (folder / file).write_text(f"showCase({json.dumps(document)});")
            if (target, case) in wanted:
                cases[file] = document
    record = root / "report_cases" / f"{name}.json"
    document = {"chosen": chosen, "files": files, "cases": cases}
    record.write_text(json.dumps(document))
    return record


def write_page(root: Path, repository: Path) -> None:
    """Write results, their page and its content."""
    content = gather(**write_results(root, repository))
    (root / CONTENT).write_bytes(pickle.dumps(content))
    (root / PAGE).write_text(render(content), encoding="utf-8")
