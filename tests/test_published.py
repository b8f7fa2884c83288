"""Published numbers: read and checked, compared only where they can be."""

import numpy as np
import pandas as pd
import pytest

from sambench.errors import InputError
from sambench.published.ceiling import ceiling_by_structure, with_ceiling
from sambench.published.comparison import agreement, compare, reproduced
from sambench.published.numbers import read_published
from sambench.published.printed_table import lay_out_comparison
from sambench.published.selection import (
    HELD_OUT,
    PART_OF_GRID,
    numbers_for,
    published_name,
    published_numbers,
    rater_agreement,
)
from sambench.settings.catalogue import Catalogue
from sambench.settings.narrowing import narrow
from sambench.tables.context import Context
from sambench.tables.printed_table import PrintedTable
from sambench.tables.render import to_html, to_latex, to_markdown

CSDG = {"id": "csdg", "label": "CSDG", "slices": "all", "average": "targets"}
SITES = {
    "id": "prostate",
    "label": "Prostate",
    "pairs": "others",
    "table_columns": "source",
    "sources": ["A", "B"],
    "targets": ["A", "B", "C"],
    "domains": {
        n: {"label": f"Site {n}", "structures": {"prostate": [1]}} for n in "ABC"
    },
}
HEAD = (
    "benchmark,protocol,method,source,target,structure,metric,value,paper,table,"
    "provenance,confidence\n"
)


def scores_of(methods, data_source="original"):
    """Each method has one value for source A (targets B, C) and one for B."""
    records = [
        {
            "benchmark": "prostate",
            "method": method,
            "source": source,
            "target": target,
            "seed": 1,
            "case": f"{target}0",
            "structure": "prostate",
            "slices": "all",
            "selection": "any",
            "grid": "any",
            "post_processing": "none",
            "metric": "dice",
            "unit": "%",
            "value": float(value),
            "outcome": "scored",
            "data_source": data_source,
        }
        for method, values in methods.items()
        for source, value in zip("AB", values, strict=True)
        for target in "ABC"
        if target != source
    ]
    return pd.DataFrame(records)


def write_numbers(folder, rows):
    folder.mkdir(exist_ok=True)
    lines = [
        f"prostate,csdg,{method},{source},others,prostate,{metric},{value},p,1,read,{c}"
        for method, source, metric, value, c in rows
    ]
    (folder / "mine.csv").write_text(HEAD + "\n".join(lines) + "\n")
    return read_published([folder])


@pytest.fixture
def numbers(tmp_path):
    return write_numbers(
        tmp_path / "numbers",
        [
            ("erm", "A", "dice", 60, "seen"),
            ("erm", "A", "dice_sd_over_seeds", 1.5, "seen"),
            ("erm", "B", "dice", 50, "secondary"),
            ("erm", "mean", "dice", 55, "derived"),
            ("csdg", "A", "dice", 80, "seen"),
            ("csdg", "B", "dice", 70, "seen"),
            ("cutout", "A", "dice", 70, "seen"),
            ("cutout", "B", "dice", 60, "seen"),
        ],
    )


def test_every_file_of_the_repository_keeps_to_its_schema(repository):
    numbers = read_published([repository / "config" / "published"])
    assert len(numbers) > 550
    confidence = {number["confidence"] for number in numbers}
    assert confidence == {"seen", "secondary", "derived"}
    audit = pd.DataFrame(numbers_for(numbers, "prostate", ["audit"]))
    assert audit["sd"].notna().any()
    assert not audit.duplicated(["method", "source", "target", "structure"]).any()


def test_the_surest_number_of_a_cell_is_taken(repository):
    numbers = read_published([repository / "config" / "published"])
    guessed = [row | {"confidence": "derived", "value": 1.0} for row in numbers]
    chosen = numbers_for([*guessed, *numbers], "prostate", ["csdg"])
    assert {row["confidence"] for row in chosen} == {"seen"}
    assert min(row["value"] for row in chosen) > 1


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ("sixty", "'value'"),
        ("nan", "'value'"),
        ("surely", "'confidence'"),
    ],
)
def test_a_wrong_row_of_the_user_is_named_by_its_line(tmp_path, change, column):
    value, confidence = (change, "seen") if column == "'value'" else ("60", change)
    with pytest.raises(InputError) as caught:
        write_numbers(tmp_path / "n", [("erm", "A", "dice", value, confidence)])
    assert "mine.csv, line 2" in caught.value.where
    assert column in caught.value.where


def test_a_list_from_a_spreadsheet_is_read_and_a_short_row_named(tmp_path):
    numbers = write_numbers(tmp_path / "n", [("erm", "A", "dice", 60, "seen")])
    path = tmp_path / "n" / "mine.csv"
    text = path.read_text()
    path.write_bytes(text.replace(",", ";").encode("utf-8-sig"))
    assert read_published([tmp_path / "n"]) == numbers
    path.write_text(text.replace(",seen", ""))
    with pytest.raises(InputError, match="row 2 without confidence"):
        read_published([tmp_path / "n"])


def test_reproduced_minus_published_by_hand(numbers):
    scores = scores_of({"erm": [62, 45], "csdg": [78, 71], "own": [90, 90]})
    found = compare(scores, numbers, Context(SITES, CSDG))
    assert found.obstacle == ""
    cells = found.cells.set_index(["method", "source"])
    assert cells.loc[("erm", "A"), "difference"] == 2
    assert cells.loc[("erm", "B"), "difference"] == -5
    assert cells.loc[("erm", "mean"), "difference"] == pytest.approx(53.5 - 55)
    assert cells.loc[("erm", "A"), "published_sd"] == 1.5
    assert np.isnan(cells.loc[("own", "A"), "published"])
    assert cells.loc[("own", "A"), "reproduced"] == 90
    assert set(found.cells["method"]) == {"erm", "csdg", "own"}


def test_agreement_of_orders_by_hand(numbers):
    # Published: csdg 75, cutout 65, erm 55. Reproduced: cutout, csdg, erm: one of three
    # pairs turned round, so tau is (2 - 1) / 3.
    scores = scores_of({"erm": [50, 50], "csdg": [70, 70], "cutout": [75, 75]})
    found = compare(scores, numbers, Context(SITES, CSDG)).agreement
    assert found["n_methods"] == 3
    assert found["kendall_tau_b"] == pytest.approx(1 / 3, abs=1e-4)
    assert found["top1"] is False
    assert found["top3"] == 1
    same = scores_of({"erm": [50, 50], "csdg": [80, 80], "cutout": [75, 75]})
    found = compare(same, numbers, Context(SITES, CSDG)).agreement
    assert found["kendall_tau_b"] == 1
    assert found["top1"] is True


def test_one_method_has_no_order(numbers):
    found = compare(scores_of({"erm": [50, 50]}), numbers, Context(SITES, CSDG))
    assert found.agreement == {
        "n_methods": 1,
        "kendall_tau_b": None,
        "top1": None,
        "top3": None,
    }


def test_another_protocol_has_nothing_to_compare_with(numbers):
    found = compare(
        scores_of({"erm": [50, 50]}), numbers, Context(SITES, CSDG | {"id": "strict"})
    )
    assert found.cells.empty


@pytest.mark.parametrize(
    ("data_source", "departure", "words"),
    [
        ("synthetic", "", "the data are synthetic"),
        ("original", PART_OF_GRID, "only a part"),
        ("original", HELD_OUT, "held out"),
    ],
)
def test_what_cannot_be_compared_is_grey_and_says_so(
    numbers, data_source, departure, words
):
    scores = scores_of({"erm": [50, 50], "csdg": [70, 70]}, data_source)
    found = compare(scores, numbers, Context(SITES, CSDG), departure=departure)
    assert words in found.obstacle
    assert found.cells["difference"].isna().all()
    assert found.cells["published"].notna().any()
    assert found.agreement["kendall_tau_b"] is None
    printed = lay_out_comparison(found, Context(SITES, CSDG))
    assert "cannot be compared" in printed.caption
    assert printed.marks[1][1] == "grey"
    html = to_html(printed, synthetic=data_source == "synthetic")
    assert 'class="grey"' in html
    assert printed.title.startswith("SYNTHETIC") == (data_source == "synthetic")


def test_the_comparison_reads_as_three_rows_a_method(numbers):
    found = compare(scores_of({"erm": [62, 45]}), numbers, Context(SITES, CSDG))
    methods = {"erm": {"label": "ERM"}}
    printed = lay_out_comparison(found, Context(SITES, CSDG, methods))
    assert printed.groups == ["ERM"] * 3
    assert printed.methods == ["reproduced", "published", "difference"]
    assert printed.cells[0] == ["none", "62.00", "45.00", "53.50"]
    assert printed.cells[1][1:] == ["60.00 ± 1.50", "50.00 †", "55.00 ‡"]
    assert printed.cells[2][1:] == ["+2.00", "-5.00", "-1.50"]
    text = to_markdown(printed)
    assert "| ERM | published | none | 60.00 ± 1.50 | 50.00 † | 55.00 ‡ |" in text
    latex = to_latex(printed, label="tab:x")
    assert r"\multirow" in latex
    assert latex.count("{") == latex.count("}")


def test_fewer_seeds_than_the_protocol_asks_for_are_told(numbers):
    found = compare(scores_of({"erm": [62, 45]}), numbers, Context(SITES, CSDG))
    caption = lay_out_comparison(found, Context(SITES, CSDG | {"seeds": 3})).caption
    assert "The protocol uses 3 seeds; here: 1." in caption
    assert "seeds" not in lay_out_comparison(found, Context(SITES, CSDG)).caption


def test_controls_are_left_out_beside_competitors(numbers):
    scores = scores_of({"erm": [62, 45], "oracle": [100, 100]})
    methods = {"oracle": {"label": "Oracle", "control": True}}
    found = compare(scores, numbers, Context(SITES, CSDG))
    assert set(lay_out_comparison(found, Context(SITES, CSDG, methods)).groups) == {
        "erm"
    }


def test_tasks_are_compared_by_their_target(tmp_path):
    folder = tmp_path / "n"
    folder.mkdir()
    rows = (
        "tasks3d,dbsam,sam,all,liver_mr,liver_mr,dice,90,p,1,read,seen\n"
        "tasks3d,dbsam,sam,all,mean,mean,dice,80,p,1,read,seen\n"
        "tasks3d,dbsam,sam,all,mean,mean,nsd_1,70,p,1,read,seen\n"
    )
    (folder / "t.csv").write_text(HEAD + rows)
    scores = scores_of({"sam": [85, 85]}).iloc[:2]
    scores = scores.assign(benchmark="tasks3d", source="all", structure="liver")
    scores["target"] = ["liver_mr", "heart_mr"]
    scores["structure"] = ["liver", "heart"]
    scores["value"] = [92.0, 70.0]
    tasks = {"id": "tasks3d", "table_columns": "target", "pairs": "all"}
    protocol = CSDG | {"id": "dbsam"}
    found = compare(scores, read_published([folder]), Context(tasks, protocol))
    cells = found.cells.set_index("target")
    assert cells.loc["liver_mr", "difference"] == 2
    assert cells.loc["mean", "difference"] == 1
    assert published_name("nsd_1vx") == "nsd_1"
    assert published_name("nsd_surfel_1vx") == "nsd_1"


def test_a_tie_lowers_tau_b():
    cells = pd.DataFrame(
        {
            "method": ["a", "b", "c"],
            "source": "A",
            "target": "mean",
            "structure": "prostate",
            "reproduced": [70.0, 70.0, 60.0],
            "published": [75.0, 70.0, 60.0],
        }
    )
    # 2 concordant pairs, 1 tie in one of the orders: 2 / sqrt(3 * 2).
    assert agreement(cells, "")["kendall_tau_b"] == pytest.approx(0.8165, abs=1e-4)


def test_reproduced_cells_cover_pairs_and_means():
    cells = reproduced(scores_of({"erm": [62, 45]}), Context(SITES, CSDG), "dice")
    cells = cells.set_index(["source", "target", "structure"])["reproduced"]
    assert cells["A", "C", "prostate"] == 62
    assert cells["A", "mean", "prostate"] == 62
    assert cells["mean", "mean", "prostate"] == 53.5
    assert cells["mean", "mean", "mean"] == 53.5


def test_one_source_alone_can_be_laid_out(numbers):
    scores = scores_of({"erm": [62, 45]}).query("source == 'A'")
    found = compare(scores, numbers, Context(SITES, CSDG), departure=PART_OF_GRID)
    printed = lay_out_comparison(found, Context(SITES, CSDG))
    assert printed.cells[0] == ["none", "62.00", "62.00"]
    assert "without any run are only in the CSV file" in printed.caption


@pytest.mark.parametrize("name", ["prostate", "riga", "riga_audit", "tasks3d"])
def test_published_names_are_those_of_the_benchmark(repository, name):
    numbers = pd.DataFrame(read_published([repository / "config" / "published"]))
    numbers = numbers[numbers["benchmark"] == name]
    domains = set(
        Catalogue([repository / "config"]).load("benchmarks", name, "x")["domains"]
    )
    sources = set(numbers["source"]) - {"mean", "all", "not stated"}
    targets = set(numbers["target"]) - {"mean", "others"}
    assert sources | targets <= domains
    assert len(targets & domains) >= 3


def test_a_variant_is_compared_with_the_numbers_of_its_base(numbers):
    variant = SITES | {"id": "prostate_csdg", "published_as": "prostate"}
    scores = scores_of({"erm": [62, 45]}).assign(benchmark="prostate_csdg")
    found = compare(scores, numbers, Context(variant, CSDG))
    assert found.cells.set_index("source").loc["A", "difference"] == 2
    assert set(found.cells["benchmark"]) == {"prostate_csdg"}


def test_the_audit_is_compared_with_its_own_table_and_means(repository):
    numbers = read_published([repository / "config" / "published"])
    catalogue = Catalogue([repository / "config"])
    benchmark = catalogue.load("benchmarks", "prostate", "x")

    def published(protocol):
        document = catalogue.load("protocols", protocol, "x")
        rows, obstacle = published_numbers(numbers, benchmark, document, "dice")
        means = {r["method"]: r["value"] for r in rows if r["source"] == "mean"}
        return means, obstacle

    audit, obstacle = published("audit")
    assert obstacle == ""
    assert (
        audit["audit_slaug"] == 45.33 and audit["audit_bigaug"] == 60.54
    )  # three seeds
    leaked, obstacle = published("audit_best_on_target")
    assert leaked["audit_bigaug"] == 65.28 and obstacle == ""
    honest, obstacle = published("strict_validation")
    assert honest["audit_bigaug"] == 60.54 and "another protocol" in obstacle
    bound, obstacle = published("upper_bound")
    assert bound["audit_bigaug"] == 65.28 and "audit_best_on_target" in obstacle
    strict, obstacle = published("strict")
    assert strict == {} and obstacle == ""


def test_the_audit_of_riga_is_not_compared_with_riga(repository):
    numbers = read_published([repository / "config" / "published"])
    of_audit = [row for row in numbers if row["protocol"].startswith("audit")]
    names = {row["benchmark"] for row in of_audit}
    assert names == {"prostate", "riga_audit", "riga_five"}


def test_human_raters_are_the_last_row_by_hand(repository):
    """Discs of the three bases: 95.68, 95.29, 95.58; cups: 81.32, 81.32, 82.10."""
    catalogue = Catalogue([repository / "config"])
    numbers = read_published([repository / "config" / "published"])
    riga = narrow(catalogue.load("benchmarks", "riga", "x"), {})
    agreement = rater_agreement(numbers, ["riga"])
    context = Context(riga, CSDG)
    assert ceiling_by_structure(agreement, context) == {
        "cup": pytest.approx((81.32 + 81.32 + 82.10) / 3),
        "disc": pytest.approx((95.68 + 95.29 + 95.58) / 3),
    }
    columns = [
        {},
        {"structure": "disc", "source": "BinRushed"},
        {"structure": "cup", "target": "MESSIDOR_Base3"},
        {},
    ]
    printed = PrintedTable(
        title="t",
        caption="c.",
        header=[("", "Prompt"), ("", "disc"), ("", "cup"), ("", "Mean")],
        methods=["ERM"],
        cells=[["none", "1", "2", "3"]],
        marks=[[""] * 4],
        blocks=["automatic"],
        rows=[{"method": "erm"}],
        columns=columns,
        details=[0],
    )
    both = with_ceiling(printed, agreement, context)
    assert both.cells[1] == [
        "\N{EN DASH}",
        "95.52",
        "82.10",
        f"{(286.55 + 244.74) / 6:.2f}",
    ]
    assert both.blocks[1] == "ceiling" and both.rows[1] == {}
    assert with_ceiling(printed, [], context) is printed
