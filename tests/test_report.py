"""The page: one file, whole, with a way from each cell to its cases."""

import json
import pickle
import re
from html.parser import HTMLParser

import pandas as pd
import pytest

from report_page import CONTENT, PAGE
from sambench.errors import count_of
from sambench.report.cases import KEYS
from sambench.report.page import warn_of_images
from sambench.report.summary import control_checks, summarise_runs
from sambench.tables.protocol import policy


@pytest.fixture(scope="module")
def report(untrained):
    content = pickle.loads((untrained / CONTENT).read_bytes())
    return (untrained / PAGE).read_text(encoding="utf-8"), content


class Elements(HTMLParser):
    """Collects start tags; checks that each element is closed."""

    def __init__(self):
        super().__init__()
        self.tags, self.open = [], []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in ("meta", "link", "input", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_is_whole_and_asks_for_nothing(report):
    text, _ = report
    page = Elements()
    page.feed(text)
    assert page.open == []
    for tag, attributes in page.tags:
        for name in ("src", "href"):
            address = attributes.get(name, "#")
            local = ("#", "data:", "runs/")  # links that open when they are clicked
            assert address.startswith(local), (tag, address)
    outside = re.findall(r"(?:url\(|@import|fetch\(|XMLHttpRequest)", text)
    assert outside == []


def test_text_of_the_configuration_is_escaped(report):
    text, _ = report
    assert "A &lt;small&gt; report &amp; its page" in text
    assert "<small>" not in text


def test_recipes_read_as_text(report):
    text, _ = report
    assert "optimiser: {name: adamw, lr:" in text
    assert "{&#39;name&#39;" not in text


def test_data_come_back_as_they_went_in(report):
    text, content = report
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text)
    assert json.loads(found[1]) == json.loads(json.dumps(content["data"]))


def test_every_cell_is_the_mean_of_the_cases_it_leads_to(report):
    """Only for cells of one pair: there every average is the plain mean."""
    _, content = report
    data = content["data"]
    checked = 0
    for entry in data["tables"]:
        if entry["view"] != "matrix":
            continue
        store = data["cases"][entry["benchmark"]]
        name = data["protocols"][entry["protocol"]]["policy"]
        values = store["values"][name][entry["metric"]]
        for row, cells in zip(entry["rows"], entry["cells"], strict=True):
            for about, text in zip(entry["columns"], cells, strict=True):
                if "target" not in about or text == "\N{EN DASH}":
                    continue
                wanted = {
                    key: store["names"][key].index(value)
                    for key, value in (row | about).items()
                }
                chosen = [
                    value
                    for place, value in enumerate(values)
                    if all(store["keys"][k][place] == v for k, v in wanted.items())
                ]
                assert len(chosen) == 3
                assert float(text) == pytest.approx(sum(chosen) / 3, abs=0.011)
                checked += 1
    assert checked > 100


def test_cases_of_a_policy_are_those_that_its_protocol_reads(report):
    _, content = report
    for store in content["data"]["cases"].values():
        lengths = {len(store["keys"][key]) for key in KEYS}
        assert len(lengths) == 1
        assert set(store["values"]) == {
            "last|native|all|none",
            "last|packed|all|none",
            "last|packed|foreground|none",
        }
        for by_metric in store["values"].values():
            assert {len(values) for values in by_metric.values()} == lengths
    assert policy({"slices": "all", "post_processing": "border_trim"}) == (
        "last|packed|all|border_trim"
    )


def test_the_summary_says_what_ran(report):
    text, content = report
    ran = content["summary"]["benchmarks"]
    assert [row["domains"] for row in ran] == ["4 of 6", "4 of 5"]
    assert {row["data"] for row in ran} == {"synthetic"}
    assert all(check["ok"] for check in content["summary"]["checks"])
    assert len(content["summary"]["checks"]) == 2
    assert "Synthetic data." in text
    assert "torch 2.13.0" in text and "sambench" in text


def test_findings_of_the_checks_are_shown_warnings_first(report):
    text, content = report
    found = content["findings"]
    assert [row["severity"] for row in found["rows"]] == ["warning", "passed"]
    assert found["rows"][0]["cases"].endswith("RUNMC_Case09 and 20 more")
    assert "1 warning,\n0 not checked, 1 passed." in text
    assert "2; missing 28" in text


def test_the_data_section_says_which_set_serves_which_domain(report):
    _, content = report
    prostate = content["offers"][0]
    assert prostate["columns"][0] == "Domain"  # sites have no number in a paper
    place = prostate["columns"].index("Use")
    uses = {row[0]: row[place] for row in prostate["rows"]}
    assert len(uses) == 6
    assert sorted(uses.values()) == ["not selected"] * 2 + ["serves"] * 4


def test_a_control_out_of_place_fails_its_check():
    table = pd.DataFrame({"method": ["erm", "oracle"], "mean": [90.0, 80.0]})
    assert [check["ok"] for check in control_checks([table])] == [False]


def test_nothing_trained_has_a_summary_too():
    summary = summarise_runs([])
    assert summary["trainings"] == 0
    assert summary["peak_memory_gib"] is None


def test_every_figure_is_embedded_with_its_caption(report):
    _, content = report
    figures = content["data"]["figures"]
    assert len(figures) == 2 * (1 + 3 * 2)
    for figure in figures:
        assert figure["uri"].startswith("data:image/png;base64,iVBOR")
        assert figure["caption"].endswith(".")
        assert 200 < figure["width"] < 2000


def test_one_thing_is_singular():
    assert [count_of(number, "case") for number in (0, 1, 2)] == [
        "0 cases",
        "1 case",
        "2 cases",
    ]


def test_a_method_that_differs_between_benchmarks_has_a_card_for_each(report):
    text, content = report
    cards = [card for card in content["recipes"] if card["id"] == "samed"]
    # config/methods/samed.yaml has another policy for riga
    policies = [card["values"]["inference"]["policy"] for card in cards]
    assert [policy.get("nested", False) for policy in policies] == [False, True]
    (prostate,), (riga,) = [card["benchmarks"] for card in cards]
    assert "Prostate" in prostate and prostate != riga
    assert f"<code>samed</code> on {riga}" in text
    (oracle,) = [card for card in content["recipes"] if card["id"] == "oracle"]
    assert oracle["benchmarks"] == []


def test_images_of_an_earlier_run_are_warned_of(tmp_path, caplog):
    warn_of_images(tmp_path / "report.html")
    assert not caplog.records
    (tmp_path / "report_cases").mkdir()
    warn_of_images(tmp_path / "report.html")
    assert "report_cases holds images of cases from an earlier run" in caplog.text
