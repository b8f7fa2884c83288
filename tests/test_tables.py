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
from sambench.tables.cells import select_rows, single_case_targets
from sambench.tables.context import SEEN, Context
from sambench.tables.means import lay_out
from sambench.tables.printed_table import with_deviation
from sambench.tables.render import (
    block_starts,
    plain_latex,
    plain_markdown,
    to_html,
    to_latex,
    to_markdown,
    write_table,
)
from sambench.tables.soundness import suspect_runs

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
    "oracle": {"label": "Oracle", "control": True, "told": "label"},
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
    of_targets = build_table(scores, Context(SITES, STRICT), "dice")
    assert cell(of_targets, "erm", "A") == pytest.approx((60 + 90) / 2)
    assert cell(of_targets, "erm", "B") == pytest.approx(25)
    assert cell(of_targets, "erm", "mean") == pytest.approx(50)
    of_cases = build_table(scores, Context(SITES, POOLED), "dice")
    assert cell(of_cases, "erm", "A") == pytest.approx((80 + 60 + 40 + 90) / 4)
    assert cell(of_cases, "erm", "mean") == pytest.approx((67.5 + 25) / 2)


def test_cases_and_failures_are_counted(scores):
    table = build_table(scores, Context(SITES, STRICT), "dice")
    assert cell(table, "erm", "A", field="n_cases") == 4
    assert cell(table, "erm", "B", field="n_failures") == 1
    # The case of C is one case, scored from two sources.
    assert cell(table, "erm", "mean", field="n_cases") == 5
    assert cell(table, "erm", "mean", "overall", field="n_scores") == 6
    assert cell(table, "sam", "mean", "overall", field="n_failures") == 0


def test_values_that_do_not_apply_are_left_out_and_counted(scores):
    scores.loc[0, ["value", "outcome"]] = [np.nan, "both_empty"]
    for protocol, expected in ((STRICT, (50 + 90) / 2), (POOLED, 190 / 3)):
        table = build_table(scores, Context(SITES, protocol), "dice")
        assert cell(table, "erm", "A") == pytest.approx(expected)
        assert cell(table, "erm", "A", field="n_not_applicable") == 1
        assert cell(table, "erm", "A", field="n_scores") == 3


def test_slice_policy_selects_rows(scores):
    shown = scores.assign(slices="foreground", value=99.0)
    both = pd.concat([scores, shown])
    assert cell(build_table(both, Context(SITES, STRICT), "dice"), "erm", "B") == 25
    foreground = STRICT | {"slices": "foreground"}
    assert cell(build_table(both, Context(SITES, foreground), "dice"), "erm", "B") == 99


def test_seeds_are_averaged_after_cells(scores):
    second = scores.assign(seed=1)
    second.loc[second["source"] == "B", "value"] += 10
    third = scores.assign(seed=2)
    table = build_table(
        pd.concat([scores, second, third]), Context(SITES, STRICT), "dice"
    )
    per_seed = [25, 35, 25]
    assert cell(table, "erm", "B") == pytest.approx(np.mean(per_seed))
    assert cell(table, "erm", "B", field="sd") == pytest.approx(
        np.std(per_seed, ddof=1)
    )
    assert cell(table, "erm", "B", field="n_seeds") == 3
    assert cell(table, "erm", "mean", field="sd") == pytest.approx(
        np.std([50, 55, 50], ddof=1)
    )
    one = build_table(scores, Context(SITES, STRICT), "dice")
    assert np.isnan(cell(one, "erm", "B", field="sd"))


@pytest.mark.parametrize("protocol", [STRICT, POOLED])
@pytest.mark.parametrize(
    "missing",
    ["source == 'B'", "target == 'C' and source == 'B'", "case == 'A0'"],
    ids=["column", "target", "case"],
)
def test_what_is_missing_leaves_no_mean_and_no_rank(scores, protocol, missing):
    gone = scores.query(f"method == 'erm' and {missing}").index
    table = build_table(scores.drop(gone), Context(SITES, protocol), "dice")
    assert not np.isnan(cell(table, "erm", "A"))
    for column in ("B", "mean"):
        assert np.isnan(cell(table, "erm", column))
        assert np.isnan(cell(table, "erm", column, field="rank"))
    assert np.isnan(cell(table, "erm", "mean", "overall"))
    assert cell(table, "sam", "mean", "overall", field="rank") == 1


def test_seeds_that_are_all_the_same_have_no_deviation():
    assert with_deviation(89.5, 1.25) == "89.50 ± 1.25"
    assert with_deviation(89.5, 0.0) == with_deviation(89.5, 2e-14) == "89.50"


def test_a_missing_seed_of_one_cell_is_incomplete(scores):
    second = scores[(scores["source"] == "A")].assign(seed=1)
    table = build_table(pd.concat([scores, second]), Context(SITES, STRICT), "dice")
    assert cell(table, "erm", "A") == 75
    assert np.isnan(cell(table, "erm", "B"))


def test_ranks_follow_the_direction_of_the_metric_and_share_ties(scores):
    tie = scores[scores["method"] == "sam"].assign(method="other")
    every = pd.concat([scores, tie])
    table = build_table(every, Context(SITES, STRICT), "dice")
    overall = table[table["structure"] == "overall"].set_index("method")["rank"]
    assert overall.to_dict() == {"sam": 1, "other": 1, "erm": 3}
    distances = every.assign(metric="assd", unit="mm")
    table = build_table(distances, Context(SITES, STRICT), "assd")
    overall = table[table["structure"] == "overall"].set_index("method")["rank"]
    assert overall.to_dict() == {"erm": 1, "sam": 2, "other": 2}


def test_columns_come_in_the_order_of_the_benchmark(scores):
    table = build_table(scores, Context(SITES, STRICT), "dice")
    assert list(dict.fromkeys(table["column"])) == ["B", "A", "mean"]


def test_structures_are_blocks_and_averaged_last(scores):
    cup = scores.assign(structure="cup", value=10.0, outcome="scored")
    table = build_table(pd.concat([scores, cup]), Context(SITES, STRICT), "dice")
    assert cell(table, "erm", "mean", "gland") == 50
    assert cell(table, "erm", "mean", "cup") == 10
    assert cell(table, "erm", "mean", "overall") == 30
    printed = lay_out(table, Context(SITES, STRICT, METHODS))
    assert printed.header[:8] == [
        ("", "Prompt"),
        ("gland", "Site B (n = 2)"),
        ("gland", "Site A (n = 4)"),
        ("gland", "Mean (n = 5)"),
        ("cup", "Site B (n = 2)"),
        ("cup", "Site A (n = 4)"),
        ("cup", "Mean (n = 5)"),
        ("", "Mean (n = 5)"),
    ]


def test_tasks_are_columns_of_one_structure():
    tasks = {"id": "tasks3d", "table_columns": "target", "targets": ["liver", "heart"]}
    scores = pd.concat(
        [
            rows("erm", "all", "heart", [80, 90], structure="lv"),
            rows("erm", "all", "liver", [60], structure="liver"),
        ]
    )
    table = build_table(scores, Context(tasks, STRICT), "dice")
    assert table["column"].tolist() == ["liver", "heart", "mean"]
    assert cell(table, "erm", "heart", "lv") == 85
    assert cell(table, "erm", "mean", "overall") == pytest.approx(72.5)
    printed = lay_out(table, Context(tasks, STRICT, METHODS))
    assert printed.header[:4] == [
        ("", "Prompt"),
        ("", "liver (n = 1)"),
        ("", "heart (n = 2)"),
        ("", "Mean (n = 3)"),
    ]


def test_targets_with_several_structures_are_blocks():
    tasks = {"id": "tasks3d", "table_columns": "target", "targets": ["ct", "mr"]}
    scores = pd.concat(
        rows("erm", "all", target, [value], structure=structure)
        for target in ("mr", "ct")
        for structure, value in (("lv", 80), ("rv", 60))
    )
    printed = lay_out(
        build_table(scores, Context(tasks, STRICT), "dice"),
        Context(tasks, STRICT, METHODS),
    )
    assert [head[0] for head in printed.header[1:5]] == ["ct", "ct", "mr", "mr"]
    assert [head[1] for head in printed.header[1:3]] == ["lv (n = 1)", "rv (n = 1)"]
    assert printed.cells[0][1:6] == ["80.00", "60.00", "80.00", "60.00", "70.00"]


def test_pair_means_keep_source_and_target_apart(scores):
    pairs = pair_means(scores, Context({"id": "x"}, STRICT), "dice")
    pairs = pairs.set_index(["method", "structure", "source", "target"])["value"]
    assert pairs["erm", "gland", "A", "B"] == 60
    assert pairs["erm", "gland", "A", "C"] == 90


def test_scores_that_cannot_make_one_table_are_refused(scores):
    with pytest.raises(InputError, match="'hd95_pooled'"):
        build_table(scores, Context(SITES, STRICT), "hd95_pooled")
    with pytest.raises(InputError, match="twice for erm"):
        build_table(pd.concat([scores, scores]), Context(SITES, STRICT), "dice")
    other = scores.assign(benchmark="riga")
    with pytest.raises(InputError, match="prostate, riga"):
        build_table(pd.concat([scores, other]), Context(SITES, STRICT), "dice")
    with pytest.raises(InputError, match="median"):
        build_table(scores, Context(SITES, STRICT | {"average": "median"}), "dice")


def test_a_method_without_rows_of_the_protocol_is_not_left_out_in_silence(scores):
    trained = scores["method"] == "erm"
    mixed = scores.assign(selection=np.where(trained, "last", "any"))
    bound = STRICT | {"checkpoint": "best_on_target"}
    with pytest.raises(InputError, match="of erm with checkpoint 'best_on_target'"):
        build_table(mixed, Context(SITES, bound), "dice")


# The four formats


@pytest.fixture
def table(scores):
    perfect = scores[scores["method"] == "sam"].assign(method="oracle", value=100.0)
    return build_table(
        pd.concat([scores, perfect]), Context(SITES, STRICT, METHODS), "dice"
    )


def test_controls_have_no_rank_and_stand_apart(table):
    printed = lay_out(table, Context(SITES, STRICT, METHODS))
    assert printed.methods == ["SAM", "ERM_1 & co", "Oracle (control)"]
    assert printed.blocks == ["automatic", "automatic", "control"]
    rank = printed.header.index(("", "Rank"))
    assert [row[rank] for row in printed.cells] == ["1", "2", "\N{EN DASH}"]
    assert [row[1] for row in printed.marks] == ["best", "second", ""]
    assert [row[2] for row in printed.marks] == ["second", "best", ""]  # 70 and 75
    assert [row[printed.header.index(("", "Failed"))] for row in printed.cells] == [
        "0/6",
        "1/6",
        "0/6",
    ]


def test_methods_that_are_told_of_the_label_are_ranked_apart(scores):
    """Means: sam 70 with a box, erm 50 and other 40 without: two firsts."""
    other = scores[scores["method"] == "erm"].assign(method="other")
    other["value"] = 40.0
    every = pd.concat([scores, other])
    methods = METHODS | {"sam": {"label": "SAM", "told": "box"}}
    context = Context(SITES, STRICT, methods)
    table = build_table(every, context, "dice")
    for column in ("A", "B", "mean"):
        ranks = {m: cell(table, m, column, field="rank") for m in ("erm", "sam")}
        assert ranks["sam"] == 1
    overall = table[table["structure"] == "overall"].set_index("method")["rank"]
    assert overall.to_dict() == {"erm": 1, "other": 2, "sam": 1}
    printed = lay_out(table, context)
    assert printed.methods == ["ERM_1 & co", "other", "SAM"]  # automatic ones first
    assert printed.blocks == ["automatic", "automatic", "box prompt"]
    assert [row[0] for row in printed.cells] == ["none", "none", "box"]
    mean = [row[3] for row in printed.marks]
    assert mean == ["best", "second", "best"]
    assert block_starts(printed) == [2]
    assert to_latex(printed, label="x").count(r"\midrule") == 2


def test_results_on_data_seen_before_are_marked_and_not_ranked_with_clean_ones(scores):
    """sam (70) had been trained on the data of C, a target of both sources."""
    sites = SITES | {
        "domains": {
            name: domain | {"dataset": "sites", "group": name}
            for name, domain in SITES["domains"].items()
        }
    }
    seen = [{"data": "sites/C", "source": "its paper", "confidence": "stated"}]
    methods = METHODS | {"sam": {"label": "SAM", "seen": seen}}
    context = Context(sites, STRICT, methods)
    table = build_table(scores, context, "dice")
    overall = table[table["structure"] == "overall"].set_index("method")
    assert np.isnan(overall.loc["sam", "rank"]) and overall.loc["erm", "rank"] == 1
    assert overall["rank_with_seen"].to_dict() == {"sam": 1, "erm": 2}
    printed = lay_out(table, context)
    row = printed.cells[printed.methods.index("SAM")]
    assert row[1:4] == [f"70.00 {SEEN}"] * 3
    assert row[printed.header.index(("", "Rank"))] == "\N{EN DASH}"
    assert row[printed.header.index(("", f"Rank with {SEEN}"))] == "1"
    assert SEEN in printed.caption
    assert r"70.00 $\diamond$" in to_latex(printed, label="x")
    elsewhere = [{"data": "sites/D", "source": "its paper", "confidence": "stated"}]
    methods["sam"]["seen"] = elsewhere
    clean = build_table(scores, Context(sites, STRICT, methods), "dice")
    assert not clean["seen"].any()


def test_a_broken_run_is_told_from_a_bad_method(scores):
    """erm's run from B: 50 and 0, mean 25; broken if it falls below 10 or `empty`."""

    def suspects(change):
        rows_ = scores.copy()
        from_b = (rows_["method"] == "erm") & (rows_["source"] == "B")
        rows_.loc[from_b, "value"] = change
        empty = scores[scores["method"] == "sam"].assign(method="empty", value=30.0)
        methods = METHODS | {"empty": {"label": "Empty", "control": True}}
        context = Context(SITES, STRICT, methods)
        return suspect_runs(pd.concat([rows_, empty]), context)

    assert suspects([50.0, 12.0]).empty
    low = suspects([8.0, 11.0])
    assert low[["method", "source", "seed"]].values.tolist() == [["erm", "B", 0]]
    assert low["mean"].tolist() == [9.5] and "below 10" in low["reason"].iloc[0]
    assert "predicting nothing (30.00)" in suspects([20.0, 20.0])["reason"].iloc[0]
    assert "no case" in suspects([np.nan, np.nan])["reason"].iloc[0]
    broken = scores.assign(value=np.where(scores["source"] == "B", 5.0, 80.0))
    context = Context(SITES, STRICT, METHODS)
    printed = lay_out(build_table(broken, context, "dice"), context)
    assert all(label.endswith("(suspect)") for label in printed.methods)


def test_shares_of_cases_below_10_and_of_0(scores):
    low = scores.copy()
    low.loc[low["method"] == "erm", "value"] = [80, 60, 9.99, 10, 50, 0]
    table = build_table(low, Context(SITES, STRICT, METHODS), "dice")
    assert cell(table, "erm", "A", field="n_below_10") == 1
    assert cell(table, "erm", "mean", "overall", "n_below_10") == 2
    assert cell(table, "erm", "mean", "overall", "n_zero") == 1
    printed = lay_out(table, Context(SITES, STRICT, METHODS))
    row = printed.cells[printed.methods.index("ERM_1 & co")]
    assert row[printed.header.index(("", "< 10 (%)"))] == f"{100 * 2 / 6:.1f}"
    assert row[printed.header.index(("", "0 (%)"))] == f"{100 / 6:.1f}"


def test_what_was_changed_stands_in_the_label_and_the_title(table):
    changed = {
        "network.backbone": ["vit_b", "sam_nano"],
        "network.image_size": [1024, 192],
        "training.epochs": [100, 8],
        "training.optimiser.lr": [0.1, 0.2],
    }
    methods = METHODS | {"sam": {"label": "SAM", "changed": changed}}
    printed = lay_out(table, Context(SITES, STRICT, methods))
    assert printed.methods[0] == "SAM, sam_nano, 192 px, 8 of 100 epochs"
    assert printed.title.endswith("shortened training")
    assert "shortened by the configuration" in printed.caption
    small = lay_out(table, Context(SITES | {"image_size": 96}, STRICT, METHODS))
    assert small.title.endswith("original data, images of 96 px")
    program = {"label": "P", "changed": {"external.values.epochs": [1000, 8]}}
    printed = lay_out(table, Context(SITES, STRICT, METHODS | {"sam": program}))
    assert printed.methods[0] == "P, 8 of 1000 epochs"
    assert printed.title.endswith("shortened training")
    exact = {"label": "P", "changed": {"training.steps_per_epoch": [None, 2]}}
    printed = lay_out(table, Context(SITES, STRICT, METHODS | {"sam": exact}))
    assert printed.title.endswith("shortened training")
    methods["sam"] = {"label": "SAM", "changed": {"training.epochs": [100, 200]}}
    printed = lay_out(table, Context(SITES, STRICT, methods))
    assert "shortened" not in printed.title


def test_targets_with_one_case_are_named(scores):
    single = single_case_targets(select_rows(scores, STRICT, "dice"))
    assert single == ["A", "C"]
    context = Context(SITES, STRICT, METHODS)
    caption = lay_out(build_table(scores, context, "dice"), context, single).caption
    assert "One case only: Site A, Site C." in caption


def test_incomplete_methods_show_a_dash_and_come_last(scores):
    gone = scores.query("method == 'sam' and source == 'B'").index
    table = build_table(scores.drop(gone), Context(SITES, STRICT), "dice")
    printed = lay_out(table, Context(SITES, STRICT, METHODS))
    assert printed.methods == ["ERM_1 & co", "SAM"]
    assert printed.cells[1][1] == printed.cells[1][3] == "\N{EN DASH}"
    assert "incomplete" in printed.caption


def test_title_tells_benchmark_metric_protocol_and_data(table):
    title = lay_out(table, Context(SITES, STRICT, METHODS)).title
    assert title == "Prostate: Dice (%), protocol strict, original data"
    mixed = table.assign(data_source="original+synthetic")
    printed = lay_out(mixed, Context(SITES, STRICT, METHODS))
    assert printed.title.startswith("SYNTHETIC DATA. Prostate")
    assert "cannot be compared with published" in printed.caption


def test_markdown_marks_best_and_second(table):
    text = to_markdown(lay_out(table, Context(SITES, STRICT, METHODS)))
    lines = [line for line in text.splitlines() if line.startswith("|")]
    head = "| Method | Prompt | Site B (n = 2) | Site A (n = 4) | Mean (n = 5) | Rank |"
    assert lines[0].startswith(head)
    marked = "**70.00** | <u>70.00</u> | **70.00** | 1 |"
    assert lines[2].startswith(f"| SAM | none | {marked}")
    assert len({line.count("|") for line in lines}) == 1


def test_latex_has_rules_marks_and_escapes(table):
    text = to_latex(lay_out(table, Context(SITES, STRICT, METHODS)), label="tab:dice")
    assert r"ERM\_1 \& co & none & \underline{25.00} & \textbf{75.00}" in text
    body = text.split(r"\midrule")
    assert len(body) == 3
    assert body[2].lstrip().startswith("Oracle (control) & label & 100.00")
    assert r"\toprule" in text and r"\bottomrule" in text
    assert r"Dice (\%)" in text
    assert text.count("{") == text.count("}")


def test_html_is_a_page_with_marks(table):
    printed = lay_out(table, Context(SITES, STRICT, METHODS))
    page = to_html(printed, synthetic=False)
    assert page == to_html(printed, synthetic=False)  # no random ids
    assert "ERM_1 &amp; co" in page
    assert "http" not in page  # nothing is fetched
    assert '<td class="best">70.00</td>' in page
    assert '<td class="second">70.00</td>' in page
    assert page.count('<tr class="block">') == 1

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
    printed = lay_out(synthetic, Context(SITES, STRICT, METHODS))
    write_table(synthetic, printed, stem)
    names = sorted(path.name for path in stem.parent.iterdir())
    suffixes = ("csv", "html", "json", "md", "tex")
    assert names == [f"nsd_1.5mm.{suffix}" for suffix in suffixes]
    for path in stem.parent.glob("*.[hmt]*"):
        text = path.read_text(encoding="utf-8")
        assert "SYNTHETIC DATA. Prostate: Dice" in text
        assert "cannot be compared" in text
    assert r"\label{tab:prostate-strict-dice}" in stem.with_name(
        "nsd_1.5mm.tex"
    ).read_text(encoding="utf-8")
    frame = pd.read_csv(stem.parent / "nsd_1.5mm.csv")
    pd.testing.assert_frame_equal(frame, synthetic, check_dtype=False)


def test_labels_mean_nothing_to_latex_markdown_or_html(table):
    wild = r"A$^2$~\_x_ {50%} <b>#&|*`"
    methods = {"erm": {"label": wild}, "sam": {"label": "SAM"}}
    printed = lay_out(table, Context(SITES, STRICT, methods))
    latex = to_latex(printed, label="x")
    expected = (
        r"A\$\textasciicircum{}2\$\textasciitilde{}\textbackslash{}\_x\_ "
        r"\{50\%\} $<$b$>$\#\&|*`"
    )
    assert expected in latex
    assert plain_latex(r"\^~$") == (
        r"\textbackslash{}\textasciicircum{}\textasciitilde{}\$"
    )
    markdown = to_markdown(printed)
    assert r"A\$\^2\$\~\\\_x\_ {50%} \<b>#&\|\*\`" in markdown
    assert plain_markdown("snake_case _x_ a < b") == r"snake_case \_x\_ a < b"
    page = to_html(printed, synthetic=False)
    assert r"A$^2$~\_x_ {50%} &lt;b&gt;#&amp;|*`" in page


def test_methods_with_one_label_stay_apart(table):
    table = table[table["method"] != "oracle"]
    methods = {"erm": {"label": "X"}, "sam": {"label": "X"}}
    printed = lay_out(table, Context(SITES, STRICT, methods))
    assert printed.methods == ["X [sam]", "X [erm]"]
    assert "X [sam]" in to_html(printed, synthetic=False)


@pytest.mark.parametrize("name", ["strict", "dapsam"])
def test_protocol_files_fit_their_schema(repository, name):
    path = repository / "config" / "protocols" / f"{name}.yaml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert validate(document, "protocol", path)["id"] == name
    with pytest.raises(InputError, match="slice_policy"):
        validate(document | {"slice_policy": "all"}, "protocol", path)
    with pytest.raises(InputError, match="foreground"):
        validate(document | {"slices": "some"}, "protocol", path)
