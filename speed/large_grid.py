"""Time every table, rank and figure of one benchmark, from 3000 score files.

Run as ``python speed/large_grid.py`` from the repository root. 20 methods, 6 sources, 5
targets, 5 seeds: a file each, as `score` writes them, in a temporary folder.
"""

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow" / "scripts"))

from sambench.figures.critical_difference import critical_difference
from sambench.figures.distributions import distributions
from sambench.figures.effect import effect
from sambench.figures.heatmap import heatmap
from sambench.figures.stability import stability
from sambench.metrics.scores_file import SCHEMA, read_many, write_scores
from sambench.ranking.record import write_ranks
from sambench.settings.schema import validate
from sambench.settings.yaml_file import read_yaml
from sambench.tables.aggregate import build_table
from sambench.tables.context import Context
from sambench.tables.effect import build_effect, lay_out_effect
from sambench.tables.matrix import build_matrix, lay_out_matrix
from sambench.tables.means import lay_out
from sambench.tables.protocol import protocol_metrics
from sambench.tables.render import write_table

CONFIG = Path(__file__).parents[1] / "config"
METHODS = 20
SEEDS = 5
CASES = {"RUNMC": 30, "BMC": 30, "I2CVB": 19, "UCL": 13, "BIDMC": 12, "HK": 12}
PROTOCOLS = ("strict", "dapsam", "csdg", "desam", "audit")
METRICS = {"dice": "%", "nsd_2mm": "%", "hd95_pooled": "mm", "assd": "mm"}


def write_grid(folder: Path) -> None:
    """Write the score files below a folder."""
    generator = np.random.default_rng(0)
    printed = [
        (slices, treatment, metric, unit)
        for slices in ("all", "foreground")
        for treatment in ("none", "border_trim")
        for metric, unit in METRICS.items()
    ]
    for target, size in CASES.items():
        cases = [f"{target}_Case{number:02}" for number in range(size)]
        kinds = pd.DataFrame(
            printed * size, columns=["slices", "post_processing", "metric", "unit"]
        )
        frame = kinds.assign(
            benchmark="prostate",
            selection="any",
            grid="any",
            target=target,
            case=np.repeat(cases, len(printed)),
            structure="prostate",
            outcome="scored",
            data_source="synthetic",
        )
        percent = frame["unit"].to_numpy() == "%"
        for method in range(METHODS):
            for source in CASES:
                if source == target:
                    continue
                for seed in range(1, SEEDS + 1):
                    values = generator.normal(60 + method, 15, len(frame))
                    values = np.where(percent, values.clip(0, 100), abs(values) / 10)
                    path = (
                        folder / f"m{method:02}" / source / f"seed{seed}" / "x.parquet"
                    )
                    rows = frame.assign(
                        method=f"m{method:02}", source=source, seed=seed, value=values
                    )
                    write_scores(
                        path.with_name(f"{target}.parquet"), rows[SCHEMA.names]
                    )


def everything(scores_folder: Path, out: Path) -> None:
    """Make all that the workflow makes of the scores of one benchmark."""

    def load(kind: str, name: str) -> dict:
        path = CONFIG / f"{kind}s" / f"{name}.yaml"
        return validate(read_yaml(path), kind, path)

    benchmark = load("benchmark", "prostate")
    protocols = {name: load("protocol", name) for name in PROTOCOLS}
    methods = {
        f"m{n:02}": {"label": f"M{n}", "control": n > 17} for n in range(METHODS)
    }
    scores = read_many(sorted(scores_folder.rglob("*.parquet")))
    write_scores(out / "prostate.parquet", scores)
    contexts = [Context(benchmark, p, methods) for p in protocols.values()]
    table = build_effect(scores, contexts)
    write_table(table, lay_out_effect(table, contexts), out / "protocols")
    effect(table, contexts, out / "effect")
    for context in contexts:
        stem = out / context.protocol["id"]
        for metric in protocol_metrics(context.protocol, benchmark):
            table = build_table(scores, context, metric)
            write_table(table, lay_out(table, context), stem / metric)
            matrix = build_matrix(scores, context, metric)
            printed = lay_out_matrix(matrix, context)
            write_table(matrix, printed, stem / "matrix" / metric)
        ranking = write_ranks(scores, context, stem / "ranks.csv")
        stability(ranking, context, stem / "stability")
        critical_difference(ranking, context, stem / "critical")
        heatmap(scores, context, stem / "heatmap")
        distributions(scores, context, stem / "distributions")


def main() -> None:
    """Write the files, make everything of them, print seconds."""
    with tempfile.TemporaryDirectory() as folder:
        scores, out = Path(folder) / "scores", Path(folder) / "out"
        for name, work in (
            ("3000 score files written", lambda: write_grid(scores)),
            ("tables, ranks and figures", lambda: everything(scores, out)),
        ):
            start = time.perf_counter()
            work()
            print(f"{name:28}{time.perf_counter() - start:8.1f} s")


if __name__ == "__main__":
    main()
