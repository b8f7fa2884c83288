"""A page of 30 methods, 21 tasks and 3 seeds, made of random scores."""

from pathlib import Path

import numpy as np
import pandas as pd

from sambench.bundle.page import page_of_bundle
from sambench.metrics.scores_file import SCHEMA, write_scores
from sambench.report.documents import Documents
from sambench.settings.catalogue import Catalogue
from sambench.settings.narrowing import narrow
from sambench.tables.context import Context
from sambench.tables.protocol import protocol_metrics

METHODS, CASES, SEEDS = 30, 8, 3


def write_large_page(root: Path, repository: Path) -> Path:
    """Write scores and the page; every third method gets a box."""
    catalogue = Catalogue([repository / "config"])
    benchmark = narrow(catalogue.load("benchmarks", "tasks3d", "x"), {})
    benchmark["protocols"] = ["strict"]
    protocol = catalogue.load("protocols", "strict", "x")
    methods = {
        f"m{n:02}": {
            "label": f"Method {n}",
            "control": False,
            "told": "box" if n % 3 == 0 else "nothing",
        }
        for n in range(METHODS)
    }
    generator = np.random.default_rng(0)
    frames = []
    for n, method in enumerate(methods):
        for target, domain in benchmark["domains"].items():
            for structure in domain["structures"]:
                keys = [
                    (seed, case)
                    for seed in range(1, SEEDS + 1)
                    for case in range(CASES)
                ]
                for metric in protocol_metrics(protocol, benchmark):
                    values = generator.normal(60 + n / 2, 8, len(keys)).clip(0, 100)
                    frames.append(
                        pd.DataFrame(
                            {
                                "benchmark": "tasks3d",
                                "method": method,
                                "source": "all",
                                "target": target,
                                "seed": [seed for seed, _ in keys],
                                "case": [f"{target}_{case}" for _, case in keys],
                                "structure": structure,
                                "selection": "last",
                                "grid": "native",
                                "slices": "all",
                                "post_processing": "none",
                                "metric": metric,
                                "unit": "mm"
                                if metric in ("assd", "hd95_pooled")
                                else "%",
                                "value": values,
                                "outcome": "scored",
                                "data_source": "synthetic",
                            }
                        )
                    )
    scores = pd.concat(frames, ignore_index=True)[SCHEMA.names]
    write_scores(root / "scores" / "tasks3d.parquet", scores)
    recipe = {"summary": "", "references": [], "deviations": [], "provenance": {}}
    documents = Documents(
        contexts={"tasks3d": Context(benchmark, {}, methods).of(scores)},
        protocols={"strict": protocol},
        recipes={
            "tasks3d": {name: recipe | m | {"id": name} for name, m in methods.items()}
        },
        title="A large page",
        seeds=SEEDS,
    )
    (root / "documents.json").write_text(documents.to_json())
    page = root / "report.html"
    page.write_text(page_of_bundle(root, root / "work"), encoding="utf-8")
    return page
