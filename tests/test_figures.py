"""Figures: files that are the same for the same data, and say what data they show."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from sambench.errors import InputError
from sambench.figures.clicks import click_curves, clicks
from sambench.figures.distributions import distributions
from sambench.figures.heatmap import heatmap
from sambench.figures.overlays import overlays, pick_cases
from sambench.figures.style import wrapped
from sambench.metrics.score import score_target
from sambench.metrics.scores_file import SCHEMA
from sambench.predict.store import Predictions, save_predictions
from sambench.tables.cells import select_rows
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


# Best, median and worst case


def dice_rows(values):
    rows = grid(sources=("A",), structures=("disc",))
    rows = rows[(rows["method"] == "erm") & (rows["target"] == "B")].head(1)
    rows = pd.concat([rows] * len(values), ignore_index=True)
    rows = rows.assign(case=[f"c{i}" for i in range(len(values))], value=values)
    return select_rows(rows, STRICT, "dice")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([50.0, 90.0, 10.0], {"best": "c1", "median": "c0", "worst": "c2"}),
        ([50.0, 90.0], {"best": "c1", "worst": "c0"}),
        ([50.0], {"best": "c0"}),
        ([7.0, 7.0, 7.0], {"best": "c0", "median": "c1", "worst": "c2"}),
        ([np.nan, 90.0, 10.0], {"best": "c1", "worst": "c2"}),
    ],
)
def test_cases_are_picked_by_dice(values, expected):
    chosen = pick_cases(dice_rows(values), "erm")
    assert {role: row["case"] for role, row in chosen.items()} == expected
    dice = [row["dice"] for row in chosen.values()]
    assert all(better >= worse for better, worse in pairwise(dice))


def test_cases_of_several_structures_are_picked_by_their_mean():
    disc = dice_rows([90.0, 60.0])
    cup = disc.assign(structure="cup", value=[10.0, 60.0])
    chosen = pick_cases(pd.concat([disc, cup]), "erm")
    assert chosen["best"]["case"] == "c1"
    assert chosen["worst"]["dice"] == 50
    assert chosen["worst"]["parts"] == {"disc": 90, "cup": 10}


def test_no_case_to_show_is_refused():
    with pytest.raises(InputError, match="'sam'"):
        pick_cases(dice_rows([50.0]), "sam")


def test_overlays_show_label_and_prediction(tmp_path, pack_discs):
    packed = pack_discs("B", cases=4, slices=3, size=64)
    rows = packed.rows()
    masks = packed.structure_masks(rows)
    for number, case in enumerate(packed.cases()):  # shifted ever further, last missed
        chosen = packed.case_rows(case)
        masks[chosen] = np.roll(masks[chosen], 4 * number, axis=-1) & (number < 3)
    predictions = Predictions(rows, masks, list(packed.structures))
    path = tmp_path / "B.npz"
    save_predictions(path, predictions)
    identity = {
        "benchmark": "b",
        "method": "erm",
        "source": "A",
        "target": "B",
        "seed": 0,
    }
    scores = score_target(packed, predictions, identity, 2.0)
    for name in ("one", "two"):
        overlays(
            scores,
            Context(
                benchmark(structures=("disc",)),
                {"id": "strict", "slices": "all", "grid": "native"},
                METHODS,
            ),
            "erm",
            packed.folder.parent,
            {("A", "B"): path},
            tmp_path / name,
        )
    svg = (tmp_path / "one.svg").read_text(encoding="utf-8")
    assert svg == (tmp_path / "two.svg").read_text(encoding="utf-8")
    for text in ("Best: ", "Median: ", "Worst: ", "Site A to Site B", "Dice 0.0 %"):
        assert f"<!-- {text}" in svg
    assert "cases by Dice" in svg
    pixels = np.asarray(Image.open(tmp_path / "one.png").convert("RGB"), dtype=int)
    for colour in ((0, 114, 178), (230, 159, 0)):
        assert (np.abs(pixels - colour).max(axis=-1) < 12).sum() > 100


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
    assert "clicks a structure" in svg and "SAM, box prompt" in svg
    still = scores.assign(value=40.0)
    clicks(still, context, tmp_path / "still")
    assert b"nothing to show" in (tmp_path / "still.png").read_bytes()[:1024]
