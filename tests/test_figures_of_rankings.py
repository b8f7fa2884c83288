"""Figures of rankings, protocols, costs and trainings."""

import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from sambench.figures.cost import apart, cost
from sambench.figures.critical_difference import critical_difference, significance
from sambench.figures.effect import effect
from sambench.figures.learning import learning
from sambench.figures.stability import stability
from sambench.report.runs import read_histories, read_runs

STRICT = {"id": "strict", "label": "strict", "slices": "all", "average": "targets"}
POOLED = {"id": "pooled", "slices": "foreground", "average": "cases"}
BENCHMARK = {"id": "b", "label": "Benchmark", "sources": ["A", "B"]}
METHODS = {
    "erm": {"label": "ERM"},
    "sam": {"label": "SAM"},
    "oracle": {"label": "Oracle", "control": True},
}
RANKS = pd.DataFrame(
    {
        "method": ["oracle", "sam", "erm"],
        "mean": [100.0, 80.0, 75.0],
        "mean_low": [100.0, 77.0, 70.0],
        "mean_high": [100.0, 83.0, 80.0],
        "rank_by_mean": [1, 2, 3],
        "mean_rank": [1.0, 2.2, 2.8],
        "p_first": [1.0, 0.0, 0.0],
        "control": [True, False, False],
    }
)
FREQUENCIES = pd.DataFrame(
    [
        ("oracle", 1, 1.0),
        ("sam", 2, 0.9),
        ("sam", 3, 0.1),
        ("erm", 3, 0.9),
        ("erm", 2, 0.1),
    ],
    columns=["method", "rank", "frequency"],
)
PAIRS = pd.DataFrame(
    {
        "method": ["oracle", "oracle", "sam"],
        "other": ["sam", "erm", "erm"],
        "p_holm": [0.001, 0.001, 0.4],
    }
)


def check(stem, source="synthetic"):
    """Both files are there, are not blank, and say what data they show."""
    image = np.asarray(Image.open(stem.with_suffix(".png")).convert("L"))
    assert image.std() > 3
    svg = stem.with_suffix(".svg").read_text()
    assert ("Synthetic data" in svg) == (source == "synthetic")


@pytest.mark.parametrize("source", ["synthetic", "original"])
def test_stability_shows_each_method(tmp_path, source):
    about = (STRICT, BENCHMARK, METHODS, source)
    stability(RANKS, FREQUENCIES, *about, tmp_path / "x")
    check(tmp_path / "x", source)
    assert "<!-- SAM -->" in (tmp_path / "x.svg").read_text()


def test_a_method_without_a_complete_result_is_left_out(tmp_path):
    ranks = RANKS.assign(p_first=[1.0, np.nan, 0.0])
    kept = FREQUENCIES[FREQUENCIES["method"] != "sam"]
    stability(ranks, kept, STRICT, BENCHMARK, METHODS, "original", tmp_path / "x")
    assert "<!-- SAM -->" not in (tmp_path / "x.svg").read_text()


def test_no_complete_method_makes_an_empty_figure_and_no_error(tmp_path):
    ranks = RANKS.assign(p_first=np.nan)
    about = (STRICT, BENCHMARK, METHODS, "original")
    stability(ranks, FREQUENCIES.iloc[:0], *about, tmp_path / "x")
    assert (tmp_path / "x.png").stat().st_size > 0


def test_critical_difference_joins_what_no_test_separates(tmp_path):
    unclear = PAIRS.assign(p_holm=[0.001, 0.9, 0.4])
    table = significance(unclear, ["oracle", "sam", "erm"], ["sam", "erm"])
    assert table.loc["erm", "sam"] == table.loc["sam", "erm"] == 0.4
    assert table.loc["oracle", "erm"] == 0  # a control has no bar
    assert np.diag(table).tolist() == [1, 1, 1]
    about = (STRICT, BENCHMARK, METHODS, "synthetic")
    critical_difference(RANKS, PAIRS, *about, tmp_path / "x")
    check(tmp_path / "x")


def test_one_method_alone_makes_no_diagram_and_no_error(tmp_path):
    about = (STRICT, BENCHMARK, METHODS, "synthetic")
    critical_difference(RANKS.iloc[:1], PAIRS.iloc[:0], *about, tmp_path / "x")
    assert "nothing to compare" in (tmp_path / "x.svg").read_text()


def test_effect_names_every_protocol_and_its_choices(tmp_path):
    table = pd.DataFrame(
        [
            (method, protocol, value, rank, "original")
            for protocol, ranks in (("strict", (1, 2, 3)), ("pooled", (1, 3, 2)))
            for method, value, rank in zip(
                ("oracle", "sam", "erm"), (100, 80, 78), ranks, strict=True
            )
        ],
        columns=["method", "protocol", "value", "rank", "data_source"],
    )
    protocols = {"strict": STRICT, "pooled": POOLED}
    effect(table, protocols, BENCHMARK, METHODS, tmp_path / "x")
    check(tmp_path / "x", "original")
    svg = (tmp_path / "x.svg").read_text()
    for words in ("labelled slices", "mean of cases", "mean of targets", "2 protocols"):
        assert words in svg


@pytest.fixture
def runs(tmp_path):
    """Two trainings of one method, as their files."""
    folders = []
    for source, seconds in (("A", 10.0), ("B", 30.0)):
        folder = tmp_path / "runs" / "b" / "erm" / source / "seed1"
        folder.mkdir(parents=True)
        record = {"seconds": seconds, "trained_parameters": 1000, "device": "cpu"}
        (folder / "run.json").write_text(json.dumps(record))
        history = pd.DataFrame({"epoch": [1, 2, 3], "loss": [3.0, 2.0, 1.5]})
        history.to_csv(folder / "history.csv", index=False)
        folders.append(folder)
    return folders


def test_records_and_histories_know_their_run(runs):
    table = read_runs(folder / "run.json" for folder in runs)
    assert table["source"].tolist() == ["A", "B"]
    assert table["seconds"].sum() == 40
    histories = read_histories(folder / "history.csv" for folder in runs)
    assert len(histories) == 6
    assert set(histories["method"]) == {"erm"}
    assert set(histories["seed"]) == {1}
    assert read_runs([]).empty and read_histories([]).empty


def test_names_of_close_values_move_apart():
    values = pd.Series({"a": 90.0, "b": 50.0, "c": 91.0, "d": 90.5})
    assert apart(values, 4, 99).to_dict() == {"b": 50, "a": 90, "d": 94, "c": 98}
    assert apart(values, 4, 95).to_dict() == {"b": 50, "a": 87, "d": 91, "c": 95}


def test_cost_and_learning_are_drawn_with_and_without_trainings(runs, tmp_path):
    records = [folder / "run.json" for folder in runs]
    histories = [folder / "history.csv" for folder in runs]
    for name, count in (("all", 2), ("none", 0)):
        table = read_runs(records[:count])
        about = (STRICT, BENCHMARK, METHODS, "synthetic")
        cost(RANKS, table, *about, tmp_path / f"cost_{name}")
        check(tmp_path / f"cost_{name}")
        curves = read_histories(histories[:count])
        stem = tmp_path / f"learning_{name}"
        learning(curves, BENCHMARK, METHODS, "synthetic", stem)
        check(stem)
    assert "no method of this run" in (tmp_path / "learning_none.svg").read_text()
