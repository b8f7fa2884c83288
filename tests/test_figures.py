"""Figures: files that are the same for the same data, and say what data they show."""

import numpy as np
import pandas as pd
import pytest

from sambench.figures.clicks import click_curves, clicks
from sambench.figures.distributions import distributions
from sambench.figures.heatmap import heatmap
from sambench.figures.style import wrapped
from sambench.metrics.scores_file import SCHEMA
from sambench.tables.context import Context

STRICT = {"id": "strict", "label": "strict", "slices": "all", "average": "targets"}
METHODS = {
    "sam": {"label": "SAM, box prompt"},
    "erm": {"label": "ERM"},
    "empty": {"label": "Empty", "control": True},
}


def benchmark(columns="source", structures=("disc", "cup")):
    names = ["A", "B", "C"]
    return {
        "id": "b",
        "label": "Benchmark",
        "table_columns": columns,
        "sources": names,
        "targets": names,
        "domains": {
            name: {
                "label": f"Site {name}",
                "structures": {structure: [1] for structure in structures},
            }
            for name in names
        },
    }


def grid(sources=("A", "B", "C"), structures=("disc", "cup"), data_source="synthetic"):
    rng = np.random.default_rng(0)
    records = [
        {
            "benchmark": "b",
            "method": method,
            "source": source,
            "target": target,
            "seed": 0,
            "case": f"{target}_{case}",
            "structure": structure,
            "slices": "all",
            "selection": "any",
            "grid": "any",
            "post_processing": "none",
            "metric": "dice",
            "unit": "%",
            "value": 0.0 if method == "empty" else rng.uniform(40, 100),
            "outcome": "missed" if method == "empty" else "scored",
            "data_source": data_source,
        }
        for method in METHODS
        for source in sources
        for target in ("A", "B", "C")
        if source != target
        for structure in structures
        for case in range(4)
    ]
    return pd.DataFrame(records)[SCHEMA.names]


@pytest.mark.parametrize("draw", [heatmap, distributions])
@pytest.mark.parametrize("layout", ["source", "target"])
def test_figures_are_reproducible_and_labelled(tmp_path, draw, layout):
    sources = ("A", "B", "C") if layout == "source" else ("all",)
    scores = grid(sources)
    for name in ("one", "two"):
        draw(scores, Context(benchmark(layout), STRICT, METHODS), tmp_path / name)
    for suffix in ("svg", "png"):
        first, second = (tmp_path / f"{name}.{suffix}" for name in ("one", "two"))
        assert first.read_bytes() == second.read_bytes()
    svg = (tmp_path / "one.svg").read_text(encoding="utf-8")
    for text in ("Synthetic data", "SAM, box prompt", "Empty (control)"):
        assert f"<!-- {text}" in svg
    assert "<dc:date>" not in svg
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "one.png",
        "one.svg",
        "two.png",
        "two.svg",
    ]


@pytest.mark.parametrize("draw", [heatmap, distributions])
def test_original_data_carry_no_notice(tmp_path, draw):
    scores = grid(data_source="original")
    draw(scores, Context(benchmark(), STRICT, METHODS), tmp_path / "figure")
    svg = (tmp_path / "figure.svg").read_text(encoding="utf-8")
    assert "synthetic" not in svg.lower()


def test_heatmap_annotates_every_pair(tmp_path):
    scores = grid(structures=("disc",))
    scores = scores[scores["method"] == "erm"]
    heatmap(
        scores,
        Context(benchmark(structures=("disc",)), STRICT, METHODS),
        tmp_path / "map",
    )
    svg = (tmp_path / "map.svg").read_text(encoding="utf-8")
    means = scores.groupby(["source", "target"])["value"].mean()
    assert len(means) == 6
    for mean in means:
        assert f"<!-- {mean:.1f} -->" in svg


def test_heatmap_of_a_method_that_lacks_a_source(tmp_path):
    scores = grid()
    scores = scores[(scores["method"] != "erm") | (scores["source"] != "A")]
    heatmap(scores, Context(benchmark(), STRICT, METHODS), tmp_path / "map")
    assert (tmp_path / "map.png").stat().st_size > 10_000


def test_wrapped_lines_fit_the_width():
    lines = wrapped("a title of many words " * 5, 2.0, 9).split("\n")
    assert len(lines) > 1
    assert max(map(len, lines)) * 0.55 * 9 / 72 <= 2.0


def test_curves_of_clicks_are_means_after_each(tmp_path):
    parts = []
    for number in range(6):
        part = grid(structures=("disc",))
        level = np.where(part["method"] == "sam", 50 + 5 * number, 40)
        parts.append(part.assign(metric=f"dice_after_{number}", value=level))
    scores = pd.concat([grid(structures=("disc",)), *parts], ignore_index=True)
    context = Context(benchmark(structures=("disc",)), STRICT, METHODS)
    curves = click_curves(scores, context).set_index(["method", "clicks"])["value"]
    assert [curves["sam", number] for number in range(6)] == [50, 55, 60, 65, 70, 75]
    assert curves["erm", 5] == curves["erm", 0] == 40
    clicks(scores, context, tmp_path / "clicks")
    svg = (tmp_path / "clicks.svg").read_text()
    assert "clicks per structure" in svg and "SAM, box prompt" in svg
    still = scores.assign(value=40.0)
    clicks(still, context, tmp_path / "still")
    assert b"nothing to show" in (tmp_path / "still.png").read_bytes()[:1024]
