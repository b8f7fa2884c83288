"""Figures of rankings, protocols, costs and trainings."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from sambench.figures.cost import apart, cost, readable
from sambench.figures.critical_difference import critical_difference, significance
from sambench.figures.effect import effect
from sambench.figures.learning import learning
from sambench.figures.stability import stability
from sambench.figures.style import method_styles
from sambench.ranking.report import Ranking
from sambench.report.pictures import picture
from sambench.report.runs import read_histories, read_runs
from sambench.tables.context import Context

STRICT = {"id": "strict", "label": "strict", "slices": "all", "average": "targets"}
POOLED = {"id": "pooled", "slices": "foreground", "average": "cases"}
BENCHMARK = {"id": "b", "label": "Benchmark", "sources": ["A", "B"]}
METHODS = {
    "erm": {"label": "ERM"},
    "sam": {"label": "SAM"},
    "oracle": {"label": "Oracle", "control": True, "told": "label"},
    "empty": {"label": "Empty", "control": True},
}
RANKS = pd.DataFrame(
    {
        "method": ["sam", "erm", "oracle"],
        "block": ["automatic", "automatic", "control"],
        "mean": [80.0, 75.0, 100.0],
        "mean_low": [77.0, 70.0, 100.0],
        "mean_high": [83.0, 80.0, 100.0],
        "rank_by_mean": [1, 2, np.nan],
        "mean_rank": [1.2, 1.8, np.nan],
        "p_first": [0.9, 0.1, np.nan],
        "control": [False, False, True],
    }
)
FREQUENCIES = pd.DataFrame(
    [("sam", 1, 0.9), ("sam", 2, 0.1), ("erm", 2, 0.9), ("erm", 1, 0.1)],
    columns=["method", "rank", "frequency"],
)
PAIRS = pd.DataFrame(
    {
        "method": ["oracle", "oracle", "sam"],
        "other": ["sam", "erm", "erm"],
        "p_holm": [np.nan, np.nan, 0.4],
    }
)
RANKING = Ranking(RANKS, FREQUENCIES, PAIRS, "", 1, (), 1000)


def context(source="synthetic"):
    return Context(BENCHMARK, STRICT, METHODS, source)


def check(stem, source="synthetic"):
    """Both files are there, are not blank, and say what data they show."""
    image = np.asarray(Image.open(stem.with_suffix(".png")).convert("L"))
    assert image.std() > 3
    svg = stem.with_suffix(".svg").read_text()
    assert ("Synthetic data" in svg) == (source == "synthetic")


def is_empty(stem):
    """The page leaves the figure out, and its file says why."""
    assert "No figure" in stem.with_suffix(".svg").read_text()
    found = picture(stem.with_suffix(".svg"), "prostate", "", "cost")
    return found is None


@pytest.mark.parametrize("source", ["synthetic", "original"])
def test_stability_shows_each_competitor(tmp_path, source):
    stability(RANKING, context(source), tmp_path / "x")
    check(tmp_path / "x", source)
    svg = (tmp_path / "x.svg").read_text()
    assert "<!-- SAM -->" in svg and "<!-- Oracle (control) -->" not in svg


def test_a_method_without_a_complete_result_is_left_out(tmp_path):
    ranks = RANKS.assign(mean_low=[np.nan, 70.0, 100.0])
    kept = FREQUENCIES[FREQUENCIES["method"] != "sam"]
    found = replace(RANKING, ranks=ranks, frequencies=kept)
    stability(found, context("original"), tmp_path / "x")
    assert "<!-- SAM -->" not in (tmp_path / "x.svg").read_text()


def test_what_nothing_can_be_said_of_makes_no_figure(tmp_path):
    stem = tmp_path / "figures" / "b" / "strict" / "stability"
    nothing = replace(RANKING, ranks=RANKS.assign(mean_low=np.nan))
    stability(nothing, context("original"), stem)
    assert is_empty(stem)
    few = replace(RANKING, obstacle="1 case, and an interval needs at least 5")
    stability(few, context("original"), stem)
    assert is_empty(stem) and "1 case" in stem.with_suffix(".svg").read_text()
    stem = stem.with_name("critical_difference")
    critical_difference(few, context(), stem)
    assert is_empty(stem)
    critical_difference(replace(RANKING, ranks=RANKS.iloc[:1]), context(), stem)
    assert is_empty(stem)


def test_critical_difference_joins_what_no_test_separates(tmp_path):
    table = significance(PAIRS, ["sam", "erm", "other"])
    assert table.loc["erm", "sam"] == table.loc["sam", "erm"] == 0.4
    assert table.loc["other", "erm"] == 0  # no test, no bar
    assert np.diag(table).tolist() == [1, 1, 1]
    critical_difference(RANKING, context(), tmp_path / "x")
    check(tmp_path / "x")


def test_methods_that_are_told_as_much_share_a_panel(tmp_path):
    methods = METHODS | {
        name: {"label": name, "told": "box"} for name in ("boxed", "other")
    }
    told = RANKS.assign(
        method=["boxed", "other", "oracle"],
        block=["box prompt", "box prompt", "control"],
    )
    names = {"sam": "boxed", "erm": "other"}
    ranking = replace(
        RANKING,
        ranks=pd.concat([RANKS, told.iloc[:2]]),
        frequencies=pd.concat([FREQUENCIES, FREQUENCIES.replace(names)]),
        pairs=pd.concat([PAIRS, PAIRS.iloc[2:].replace(names)]),
    )
    for draw in (stability, critical_difference):
        draw(ranking, Context(BENCHMARK, STRICT, methods), tmp_path / "x")
        svg = (tmp_path / "x.svg").read_text()
        assert "<!-- automatic -->" in svg and "<!-- box prompt -->" in svg


def effect_table(protocols):
    return pd.DataFrame(
        [
            (method, block, protocol, value, rank, "original")
            for protocol in protocols
            for method, block, value, rank in (
                ("oracle", "control", 100, np.nan),
                ("sam", "automatic", 80, 1),
                ("erm", "automatic", 78, 2),
            )
        ],
        columns=["method", "block", "protocol", "value", "rank", "data_source"],
    )


def test_effect_names_every_protocol_and_its_choices(tmp_path):
    contexts = [context().under(protocol) for protocol in (STRICT, POOLED)]
    effect(effect_table(["strict", "pooled"]), contexts, tmp_path / "x")
    check(tmp_path / "x", "original")
    svg = (tmp_path / "x.svg").read_text()
    for words in ("labelled slices", "mean of cases", "mean of targets", "2 protocols"):
        assert words in svg


def test_one_protocol_makes_no_figure_of_protocols(tmp_path):
    stem = tmp_path / "figures" / "b" / "protocols"
    effect(effect_table(["strict"]), [context()], stem)
    assert is_empty(stem)


def test_more_than_thirty_methods_stay_distinguishable():
    many = {f"m{n}": {"label": f"M{n}"} for n in range(40)}
    styles = method_styles(Context(BENCHMARK, STRICT, many))
    assert len({(style.colour, style.marker) for style in styles.values()}) == 40


def test_controls_look_the_same_in_every_configuration():
    alone = method_styles(Context(BENCHMARK, STRICT, METHODS))
    more = {"a": {"label": "A"}, "b": {"label": "B"}} | METHODS
    beside = method_styles(Context(BENCHMARK, STRICT, more))
    for control in ("oracle", "empty"):
        assert alone[control] == beside[control]
        assert alone[control].line == "--"


def test_numbers_of_a_log_axis_are_readable():
    assert [readable(x) for x in (0.5, 20, 5e3, 2e6, 3e9)] == [
        "0.5",
        "20",
        "5k",
        "2M",
        "3G",
    ]


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
        stems = [tmp_path / "figures" / name / kind for kind in ("cost", "learning")]
        cost(RANKS, table, context(), stems[0])
        curves = read_histories(histories[:count])
        learning(curves, context().under({}), stems[1])
        for stem in stems:
            if count:
                check(stem)
            else:
                assert is_empty(stem)


@pytest.mark.parametrize("known", [1, 0])
def test_cost_is_drawn_where_parameters_are_not_known(runs, tmp_path, known):
    """Another program does not say how many it trains."""
    for folder in runs[known:]:
        record = {"seconds": 10.0, "trained_parameters": None, "device": "cpu"}
        (folder / "run.json").write_text(json.dumps(record))
    table = read_runs(folder / "run.json" for folder in runs)
    cost(RANKS, table, context(), tmp_path / "cost")
    check(tmp_path / "cost")


def test_methods_and_domains_of_one_label_stay_apart_everywhere(tmp_path):
    methods = {"a": {"label": "Same"}, "b": {"label": "Same"}, "c": {"label": "C"}}
    domains = {name: {"label": "Site", "structures": {"g": [1]}} for name in "AB"}
    found = Context(BENCHMARK | {"domains": domains}, STRICT, methods)
    assert [found.label(m) for m in methods] == ["Same [a]", "Same [b]", "C"]
    assert [found.column_label(d) for d in "AB"] == ["Site [A]", "Site [B]"]
    names = {"sam": "a", "erm": "b"}
    ranking = replace(
        RANKING,
        ranks=RANKS.replace(names),
        frequencies=FREQUENCIES.replace(names),
        pairs=PAIRS.replace(names),
    )
    for draw in (stability, critical_difference):
        draw(ranking, found, tmp_path / "x")
        svg = (tmp_path / "x.svg").read_text()
        assert "Same [a]" in svg and "Same [b]" in svg
