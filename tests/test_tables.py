"""Tables from score rows: hand-computed cells, what is incomplete, the four formats."""

from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
import yaml

from sambench.errors import InputError
from sambench.metrics.scores_file import SCHEMA
from sambench.settings.schema import validate
from sambench.tables.aggregate import build_table, pair_means
from sambench.tables.layout import lay_out
from sambench.tables.render import render_table, to_html, to_latex, to_markdown

STRICT = {"id": "strict", "label": "strict", "slices": "all", "average": "targets"}
POOLED = {"id": "pooled", "label": "pooled", "slices": "all", "average": "cases"}
SITES = {
    "id": "prostate",
    "label": "Prostate",
    "table_columns": "source",
    "sources": ["B", "A"],
    "targets": ["A", "B", "C"],
    "domains": {
        name: {"label": f"Site {name}", "structures": {"gland": [1]}} for name in "ABC"
    },
}
METHODS = {
    "erm": {"label": "ERM_1 & co"},
    "sam": {"label": "SAM"},
    "oracle": {"label": "Oracle", "control": True},
}


def rows(method, source, target, values, **columns):
    """Dice rows of one run and target; NaN is a case that does not apply."""
    frame = pd.DataFrame({"value": np.asarray(values, dtype=float)})
    frame["case"] = [f"{target}{number}" for number in range(len(frame))]
    frame["outcome"] = np.where(
        frame["value"].isna(),
        "both_empty",
        np.where(frame["value"] == 0, "missed", "scored"),
    )
    defaults = {
        "benchmark": "prostate",
        "method": method,
        "source": source,
        "target": target,
        "seed": 0,
        "structure": "gland",
        "slices": "all",
        "selection": "any",
        "grid": "any",
        "post_processing": "none",
        "metric": "dice",
        "unit": "%",
        "data_source": "original",
    }
    return frame.assign(**(defaults | columns))[SCHEMA.names]


def cell(table, method, column, structure="gland", field="value"):
    keys = table.set_index(["method", "structure", "column"])
    return keys.loc[(method, structure, column), field]


@pytest.fixture
def scores():
    """From A: B 80, 60, 40 and C 90. From B: A 50 and C 70, missed."""
    return pd.concat(
        [
            rows("erm", "A", "B", [80, 60, 40]),
            rows("erm", "A", "C", [90]),
            rows("erm", "B", "A", [50]),
            rows("erm", "B", "C", [0]),
            rows("sam", "A", "B", [70, 70, 70]),
            rows("sam", "A", "C", [70]),
            rows("sam", "B", "A", [70]),
            rows("sam", "B", "C", [70]),
        ],
        ignore_index=True,
    )


def test_mean_of_targets_and_mean_of_cases_differ(scores):
    of_targets = build_table(scores, STRICT, SITES, "dice")
    assert cell(of_targets, "erm", "A") == pytest.approx((60 + 90) / 2)
    assert cell(of_targets, "erm", "B") == pytest.approx(25)
    assert cell(of_targets, "erm", "mean") == pytest.approx(50)
    of_cases = build_table(scores, POOLED, SITES, "dice")
    assert cell(of_cases, "erm", "A") == pytest.approx((80 + 60 + 40 + 90) / 4)
    assert cell(of_cases, "erm", "mean") == pytest.approx((67.5 + 25) / 2)


def test_cases_and_failures_are_counted(scores):
    table = build_table(scores, STRICT, SITES, "dice")
    assert cell(table, "erm", "A", field="n_cases") == 4
    assert cell(table, "erm", "B", field="n_failures") == 1
    # The case of C is one case, scored from two sources.
    assert cell(table, "erm", "mean", field="n_cases") == 5
    assert cell(table, "erm", "mean", "overall", field="n_scores") == 6
    assert cell(table, "sam", "mean", "overall", field="n_failures") == 0


def test_values_that_do_not_apply_are_left_out_and_counted(scores):
    scores.loc[0, ["value", "outcome"]] = [np.nan, "both_empty"]
    for protocol, expected in ((STRICT, (50 + 90) / 2), (POOLED, 190 / 3)):
        table = build_table(scores, protocol, SITES, "dice")
        assert cell(table, "erm", "A") == pytest.approx(expected)
        assert cell(table, "erm", "A", field="n_not_applicable") == 1
        assert cell(table, "erm", "A", field="n_scores") == 3


def test_slice_policy_selects_rows(scores):
    shown = scores.assign(slices="foreground", value=99.0)
    both = pd.concat([scores, shown])
    assert cell(build_table(both, STRICT, SITES, "dice"), "erm", "B") == 25
    foreground = STRICT | {"slices": "foreground"}
    assert cell(build_table(both, foreground, SITES, "dice"), "erm", "B") == 99


def test_seeds_are_averaged_after_cells(scores):
    second = scores.assign(seed=1)
    second.loc[second["source"] == "B", "value"] += 10
    third = scores.assign(seed=2)
    table = build_table(pd.concat([scores, second, third]), STRICT, SITES, "dice")
    per_seed = [25, 35, 25]
    assert cell(table, "erm", "B") == pytest.approx(np.mean(per_seed))
    assert cell(table, "erm", "B", field="sd") == pytest.approx(
        np.std(per_seed, ddof=1)
    )
    assert cell(table, "erm", "B", field="n_seeds") == 3
    assert cell(table, "erm", "mean", field="sd") == pytest.approx(
        np.std([50, 55, 50], ddof=1)
    )
    one = build_table(scores, STRICT, SITES, "dice")
    assert np.isnan(cell(one, "erm", "B", field="sd"))


@pytest.mark.parametrize("protocol", [STRICT, POOLED])
@pytest.mark.parametrize(
    "missing",
    ["source == 'B'", "target == 'C' and source == 'B'", "case == 'A0'"],
    ids=["column", "target", "case"],
)
def test_what_is_missing_leaves_no_mean_and_no_rank(scores, protocol, missing):
    gone = scores.query(f"method == 'erm' and {missing}").index
    table = build_table(scores.drop(gone), protocol, SITES, "dice")
    assert not np.isnan(cell(table, "erm", "A"))
    for column in ("B", "mean"):
        assert np.isnan(cell(table, "erm", column))
        assert np.isnan(cell(table, "erm", column, field="rank"))
    assert np.isnan(cell(table, "erm", "mean", "overall"))
    assert cell(table, "sam", "mean", "overall", field="rank") == 1


def test_a_missing_seed_of_one_cell_is_incomplete(scores):
    second = scores[(scores["source"] == "A")].assign(seed=1)
    table = build_table(pd.concat([scores, second]), STRICT, SITES, "dice")
    assert cell(table, "erm", "A") == 75
    assert np.isnan(cell(table, "erm", "B"))


def test_ranks_follow_the_direction_of_the_metric_and_share_ties(scores):
    tie = scores[scores["method"] == "sam"].assign(method="oracle")
    every = pd.concat([scores, tie])
    table = build_table(every, STRICT, SITES, "dice")
    overall = table[table["structure"] == "overall"].set_index("method")["rank"]
    assert overall.to_dict() == {"sam": 1, "oracle": 1, "erm": 3}
    distances = every.assign(metric="assd", unit="mm")
    table = build_table(distances, STRICT, SITES, "assd")
    overall = table[table["structure"] == "overall"].set_index("method")["rank"]
    assert overall.to_dict() == {"erm": 1, "sam": 2, "oracle": 2}


def test_columns_come_in_the_order_of_the_benchmark(scores):
    table = build_table(scores, STRICT, SITES, "dice")
    assert list(dict.fromkeys(table["column"])) == ["B", "A", "mean"]


def test_structures_are_blocks_and_averaged_last(scores):
    cup = scores.assign(structure="cup", value=10.0, outcome="scored")
    table = build_table(pd.concat([scores, cup]), STRICT, SITES, "dice")
    assert cell(table, "erm", "mean", "gland") == 50
    assert cell(table, "erm", "mean", "cup") == 10
    assert cell(table, "erm", "mean", "overall") == 30
    layout = lay_out(table, STRICT, SITES, METHODS)
    assert layout.header[:7] == [
        ("gland", "Site B"),
        ("gland", "Site A"),
        ("gland", "Mean"),
        ("cup", "Site B"),
        ("cup", "Site A"),
        ("cup", "Mean"),
        ("", "Mean"),
    ]


def test_tasks_are_columns_of_one_structure():
    tasks = {"id": "tasks3d", "table_columns": "target", "targets": ["liver", "heart"]}
    scores = pd.concat(
        [
            rows("erm", "all", "heart", [80, 90], structure="lv"),
            rows("erm", "all", "liver", [60], structure="liver"),
        ]
    )
    table = build_table(scores, STRICT, tasks, "dice")
    assert table["column"].tolist() == ["liver", "heart", "mean"]
    assert cell(table, "erm", "heart", "lv") == 85
    assert cell(table, "erm", "mean", "overall") == pytest.approx(72.5)
    layout = lay_out(table, STRICT, tasks, METHODS)
    assert layout.header[:3] == [("", "liver"), ("", "heart"), ("", "Mean")]


def test_targets_with_several_structures_are_blocks():
    tasks = {"id": "tasks3d", "table_columns": "target", "targets": ["ct", "mr"]}
    scores = pd.concat(
        rows("erm", "all", target, [value], structure=structure)
        for target in ("mr", "ct")
        for structure, value in (("lv", 80), ("rv", 60))
    )
    layout = lay_out(build_table(scores, STRICT, tasks, "dice"), STRICT, tasks, METHODS)
    assert layout.header[:4] == [("ct", "lv"), ("ct", "rv"), ("mr", "lv"), ("mr", "rv")]
    assert layout.cells[0][:5] == ["80.00", "60.00", "80.00", "60.00", "70.00"]


def test_pair_means_keep_source_and_target_apart(scores):
    pairs = pair_means(scores, STRICT, "dice")
    pairs = pairs.set_index(["method", "structure", "source", "target"])["value"]
    assert pairs["erm", "gland", "A", "B"] == 60
    assert pairs["erm", "gland", "A", "C"] == 90


def test_scores_that_cannot_make_one_table_are_refused(scores):
    with pytest.raises(InputError, match="'hd95_pooled'"):
        build_table(scores, STRICT, SITES, "hd95_pooled")
    with pytest.raises(InputError, match="twice for erm"):
        build_table(pd.concat([scores, scores]), STRICT, SITES, "dice")
    other = scores.assign(benchmark="riga")
    with pytest.raises(InputError, match="prostate, riga"):
        build_table(pd.concat([scores, other]), STRICT, SITES, "dice")
    with pytest.raises(InputError, match="median"):
        build_table(scores, STRICT | {"average": "median"}, SITES, "dice")


def test_a_method_without_rows_of_the_protocol_is_not_left_out_in_silence(scores):
    trained = scores["method"] == "erm"
    mixed = scores.assign(selection=np.where(trained, "last", "any"))
    bound = STRICT | {"selection": "best_on_target"}
    with pytest.raises(InputError, match="of erm with selection 'best_on_target'"):
        build_table(mixed, bound, SITES, "dice")


# The four formats


@pytest.fixture
def table(scores):
    perfect = scores[scores["method"] == "sam"].assign(method="oracle", value=100.0)
    return build_table(pd.concat([scores, perfect]), STRICT, SITES, "dice")


def test_controls_are_ranked_but_stand_apart_and_unmarked(table):
    layout = lay_out(table, STRICT, SITES, METHODS)
    assert layout.methods == ["SAM", "ERM_1 & co", "Oracle (control)"]
    assert layout.n_controls == 1
    rank = layout.header.index(("", "Rank"))
    assert [row[rank] for row in layout.cells] == ["2", "3", "1"]
    assert [row[0] for row in layout.marks] == ["best", "second", ""]
    assert [row[1] for row in layout.marks] == ["second", "best", ""]  # 70 and 75
    assert [row[layout.header.index(("", "Failed"))] for row in layout.cells] == [
        "0/6",
        "1/6",
        "0/6",
    ]


def test_incomplete_methods_show_a_dash_and_come_last(scores):
    gone = scores.query("method == 'sam' and source == 'B'").index
    table = build_table(scores.drop(gone), STRICT, SITES, "dice")
    layout = lay_out(table, STRICT, SITES, METHODS)
    assert layout.methods == ["ERM_1 & co", "SAM"]
    assert layout.cells[1][0] == layout.cells[1][2] == "\N{EN DASH}"
    assert "incomplete" in layout.caption


def test_title_tells_benchmark_metric_protocol_and_data(table):
    title = lay_out(table, STRICT, SITES, METHODS).title
    assert title == "Prostate: Dice (%), protocol strict, original data"
    mixed = table.assign(data_source="original+synthetic")
    layout = lay_out(mixed, STRICT, SITES, METHODS)
    assert layout.title.startswith("SYNTHETIC DATA. Prostate")
    assert "cannot be compared with published" in layout.caption


def test_markdown_marks_best_and_second(table):
    text = to_markdown(lay_out(table, STRICT, SITES, METHODS))
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert lines[0].startswith("| Method | Site B | Site A | Mean | Rank |")
    assert lines[2].startswith("| SAM | **70.00** | <u>70.00</u> | **70.00** | 2 |")
    assert len({line.count("|") for line in lines}) == 1


def test_latex_has_rules_marks_and_escapes(table):
    text = to_latex(lay_out(table, STRICT, SITES, METHODS), label="tab:dice")
    assert r"ERM\_1 \& co & \underline{25.00} & \textbf{75.00}" in text
    body = text.split(r"\midrule")
    assert len(body) == 3
    assert body[2].lstrip().startswith("Oracle (control) & 100.00 & 100.00")
    assert r"\toprule" in text and r"\bottomrule" in text
    assert r"Dice (\%)" in text
    assert text.count("{") == text.count("}")


def test_html_is_a_page_with_marks(table):
    layout = lay_out(table, STRICT, SITES, METHODS)
    page = to_html(layout, synthetic=False)
    assert page == to_html(layout, synthetic=False)  # no random ids
    assert "ERM_1 &amp; co" in page
    assert "http" not in page  # nothing is fetched
    assert "font-weight: bold" in page and "text-decoration: underline" in page
    assert page.count('<tr class="controls">') == 1

    opened = []

    class Balance(HTMLParser):
        def handle_starttag(self, tag, attributes):
            if tag not in ("meta", "br"):
                opened.append(tag)

        def handle_endtag(self, tag):
            assert opened.pop() == tag

    Balance().feed(page)
    assert opened == []


def test_render_writes_four_files(table, tmp_path):
    synthetic = table.assign(data_source="synthetic")
    stem = tmp_path / "tables" / "nsd_1.5mm"
    render_table(synthetic, STRICT, SITES, METHODS, stem)
    names = sorted(path.name for path in stem.parent.iterdir())
    assert names == [f"nsd_1.5mm.{suffix}" for suffix in ("csv", "html", "md", "tex")]
    for path in stem.parent.glob("*.[hmt]*"):
        text = path.read_text(encoding="utf-8")
        assert "SYNTHETIC DATA. Prostate: Dice" in text
        assert "cannot be compared" in text
    assert r"\label{tab:prostate-strict-dice}" in stem.with_name(
        "nsd_1.5mm.tex"
    ).read_text(encoding="utf-8")
    frame = pd.read_csv(stem.parent / "nsd_1.5mm.csv")
    pd.testing.assert_frame_equal(frame, synthetic, check_dtype=False)


def test_methods_with_one_label_stay_apart(table):
    methods = {"erm": {"label": "X"}, "sam": {"label": "X"}}
    layout = lay_out(table, STRICT, SITES, methods)
    assert layout.methods == ["oracle", "X [sam]", "X [erm]"]
    assert "X [sam]" in to_html(layout, synthetic=False)


@pytest.mark.parametrize("name", ["strict", "dapsam"])
def test_protocol_files_fit_their_schema(repository, name):
    path = repository / "config" / "protocols" / f"{name}.yaml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert validate(document, "protocol", path)["id"] == name
    with pytest.raises(InputError, match="slice_policy"):
        validate(document | {"slice_policy": "all"}, "protocol", path)
    with pytest.raises(InputError, match="foreground"):
        validate(document | {"slices": "some"}, "protocol", path)
