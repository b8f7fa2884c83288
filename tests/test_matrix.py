"""The matrix of sources and targets, by hand."""

import numpy as np
import pandas as pd
import pytest

from sambench.tables.context import Context
from sambench.tables.matrix import build_matrix, lay_out_matrix
from sambench.tables.render import to_html, to_latex, to_markdown
from test_tables import METHODS, POOLED, SITES, STRICT, rows


@pytest.fixture
def scores():
    """From A: B 80, 60, 40 and C 90, two seeds. From B: A 50 and C 70, missed."""
    first = pd.concat(
        [
            rows("erm", "A", "B", [80, 60, 40]),
            rows("erm", "A", "C", [90]),
            rows("erm", "B", "A", [50]),
            rows("erm", "B", "C", [0]),
            rows("sam", "A", "B", [70, 70, 70]),
            rows("sam", "A", "C", [70]),
            rows("sam", "B", "A", [70]),
            rows("sam", "B", "C", [70]),
        ]
    )
    second = first.assign(seed=1, value=first["value"] + 2)
    return pd.concat([first, second], ignore_index=True)


def value(table, source, method, target, column="value"):
    keys = table.set_index(["source", "method", "target"])
    return keys.loc[(source, method, target), column]


def test_pairs_are_means_over_cases_and_seeds(scores):
    table = build_matrix(scores, Context(SITES, STRICT), "dice")
    assert value(table, "A", "erm", "B") == 61
    assert value(table, "A", "erm", "C") == 91
    assert value(table, "A", "erm", "B", "sd") == pytest.approx(np.sqrt(2))
    assert value(table, "B", "erm", "C", "n_failures") == 2
    assert value(table, "A", "sam", "B", "rank") == 1
    assert value(table, "A", "erm", "C", "rank") == 1


def test_the_mean_of_a_source_is_that_of_the_protocol(scores):
    of_targets = build_matrix(scores, Context(SITES, STRICT), "dice")
    assert value(of_targets, "A", "erm", "mean") == (61 + 91) / 2
    of_cases = build_matrix(scores, Context(SITES, POOLED), "dice")
    assert value(of_cases, "A", "erm", "mean") == (3 * 61 + 91) / 4


def test_a_missing_target_leaves_its_cell_and_mean_empty(scores):
    gone = scores.query("method == 'erm' and source == 'A' and target == 'C'").index
    table = build_matrix(scores.drop(gone), Context(SITES, STRICT), "dice")
    assert np.isnan(value(table, "A", "erm", "C"))
    assert np.isnan(value(table, "A", "erm", "mean"))
    assert value(table, "A", "erm", "B") == 61


def test_rows_are_grouped_by_source_in_the_order_of_the_benchmark(scores):
    table = build_matrix(scores, Context(SITES, STRICT), "dice")
    layout = lay_out_matrix(table, Context(SITES, STRICT, METHODS))
    assert layout.groups == ["Site B", "Site B", "Site A", "Site A"]
    assert layout.methods == ["ERM_1 & co", "SAM"] * 2
    names = [name for _, name in layout.header]
    assert names[:2] == ["Prompt", "Site A (n = 1)"] and names[4][:4] == "Mean"
    assert layout.cells[0][2] == "\N{EN DASH}"  # B is not tested on itself
    assert layout.marks[2] == ["", "", "second", "best", "best"]
    assert layout.rows[0] == {"method": "erm", "source": "B"}
    assert layout.columns[3] == {"structure": "gland", "target": "C"}
    assert layout.columns[4] == {"structure": "gland"}


def test_structures_come_as_listed_and_controls_last(scores):
    both = pd.concat([scores, scores.assign(structure="core")])
    domain = {"label": "Site", "structures": {"gland": [1], "core": [2]}}
    benchmark = SITES | {"domains": dict.fromkeys("ABC", domain)}
    methods = {"erm": {"label": "E", "control": True}, "sam": {"label": "S"}}
    table = build_matrix(both, Context(benchmark, STRICT), "dice")
    layout = lay_out_matrix(table, Context(benchmark, STRICT, methods))
    assert [top for top, _ in layout.header] == ["", *["gland"] * 4, *["core"] * 4]
    assert layout.methods[:2] == ["S", "E (control)"]


def test_groups_are_written_in_every_format(scores):
    table = build_matrix(scores, Context(SITES, STRICT), "dice")
    layout = lay_out_matrix(table, Context(SITES, STRICT, METHODS))
    lines = to_markdown(layout).splitlines()
    assert lines[2].startswith("| Source | Method | Prompt | Site A (n = 1) |")
    assert lines[4].startswith("| Site B | ERM_1 & co | none | <u>51.00 ± 1.41</u> |")
    latex = to_latex(layout, label="tab:matrix")
    assert r"\multirow" in latex and r"\begin{tabular}{llrrrrr}" in latex
    assert 'rowspan="2"' in to_html(layout, synthetic=False)
