"""One model for each task as a row beside one model of all tasks."""

import numpy as np
import pandas as pd
import pytest

from sambench.errors import InputError
from sambench.figures.cost import _spent
from sambench.figures.heatmap import heatmap
from sambench.published.comparison import reproduced
from sambench.ranking.bootstrap import bootstrap
from sambench.ranking.pairwise import case_means
from sambench.ranking.report import rank_methods
from sambench.report.cases import compact_cases
from sambench.settings.grid import source_domains, targets_of
from sambench.settings.settings import load_settings
from sambench.tables.aggregate import MEAN, OVERALL, build_table, pair_means
from sambench.tables.cells import select_rows
from sambench.tables.context import Context
from sambench.tables.matrix import build_matrix, lay_out_matrix
from sambench.tables.means import lay_out
from test_tables import POOLED, STRICT, cell, rows

TASKS = {
    "id": "tasks3d",
    "label": "Tasks",
    "kind": "volume",
    "pairs": "all",
    "table_columns": "target",
    "sources": ["heart", "liver"],
    "targets": ["heart", "liver"],
    "nsd_tolerance": 1.0,
    "domains": {
        name: {"label": name.title(), "structures": {name: [1]}}
        for name in ("heart", "liver")
    },
}
METHODS = {
    "unet_specialist": {"label": "Specialists"},
    "erm": {"label": "One for all"},
    "oracle": {"label": "Oracle", "control": True, "told": "label"},
}
DICE = {**STRICT, "metrics": ["dice"]}


@pytest.fixture
def scores():
    """Specialists: heart 90, 70 and liver 40; one model of all: 80, 80 and 70."""
    return pd.concat(
        [
            rows("unet_specialist", "heart", "heart", [90, 70], structure="heart"),
            rows("unet_specialist", "liver", "liver", [40], structure="liver"),
            rows("erm", "all", "heart", [80, 80], structure="heart"),
            rows("erm", "all", "liver", [70], structure="liver"),
            rows("oracle", "all", "heart", [100, 100], structure="heart"),
            rows("oracle", "all", "liver", [100], structure="liver"),
        ],
        ignore_index=True,
    ).assign(benchmark="tasks3d")


def test_specialists_are_one_complete_row_of_the_table(scores):
    table = build_table(scores, Context(TASKS, STRICT, METHODS), "dice")
    assert cell(table, "unet_specialist", "heart", "heart") == 80
    assert cell(table, "unet_specialist", "liver", "liver") == 40
    overall = {
        method: cell(table, method, MEAN, OVERALL)
        for method in ("unet_specialist", "erm", "oracle")
    }
    assert overall == {"unet_specialist": 60, "erm": 75, "oracle": 100}
    assert cell(table, "unet_specialist", MEAN, OVERALL, "rank") == 2
    assert cell(table, "unet_specialist", MEAN, OVERALL, "n_cases") == 3
    pooled = build_table(scores, Context(TASKS, POOLED), "dice")
    assert cell(pooled, "unet_specialist", MEAN, OVERALL) == (80 + 40) / 2
    printed = lay_out(table, Context(TASKS, STRICT, METHODS))
    assert printed.methods == ["One for all", "Specialists", "Oracle (control)"]
    assert printed.cells[1][:5] == ["none", "80.00", "40.00", "60.00", "2"]


def test_a_specialist_that_is_missing_leaves_the_row_without_a_mean(scores):
    gone = scores.query("method == 'unet_specialist' and target == 'liver'").index
    table = build_table(scores.drop(gone), Context(TASKS, STRICT), "dice")
    assert cell(table, "unet_specialist", "heart", "heart") == 80
    assert np.isnan(cell(table, "unet_specialist", MEAN, OVERALL))
    assert cell(table, "erm", MEAN, OVERALL) == 75


def test_ranks_bootstrap_and_tests_compare_on_the_same_cases(scores):
    ranking = rank_methods(scores, Context(TASKS, STRICT, METHODS), "dice", draws=200)
    ranks = ranking.ranks.set_index("method")
    assert ranks["mean_rank"].dropna().to_dict() == {
        "erm": (1.5 + 1) / 2,
        "unet_specialist": (1.5 + 2) / 2,
    }
    competing = ranks.drop("oracle")
    assert (competing["n_missing"] == 0).all() and (competing["n_ranked"] == 3).all()
    assert ranking.obstacle.startswith("3 cases")
    pairs = ranking.pairs.set_index(["method", "other"])
    assert pairs.loc[("erm", "unet_specialist"), "n_cases"] == 3
    assert pairs.loc[("erm", "unet_specialist"), "difference"] == pytest.approx(10)
    more = [scores]
    for number in (1, 2):  # the same cases thrice: enough of them to be resampled
        more.append(scores.assign(case=scores["case"] + f"_{number}"))
    drawn = bootstrap(pd.concat(more), Context(TASKS, STRICT), "dice", draws=400)
    assert drawn.methods == ["erm", "oracle", "unet_specialist"]
    # A mean of six hearts of 90 or 70, and livers of 40.
    hearts = {90 - 20 * n / 6 for n in range(7)}
    allowed = sorted((heart + 40) / 2 for heart in hearts)
    assert np.abs(drawn.means[:, [2]] - allowed).min(axis=1).max() < 1e-9
    assert set(drawn.means[:, 0]) == {75}
    assert (
        case_means(scores, Context({"id": "x"}, STRICT), "dice").notna().all(axis=None)
    )


def test_matrix_heat_map_and_comparison_hold_a_row_a_method(scores, tmp_path):
    context = Context(TASKS, DICE, METHODS)
    printed = lay_out_matrix(build_matrix(scores, context, "dice"), context)
    assert printed.methods == ["Specialists", "One for all", "Oracle (control)"]
    assert printed.groups == ["all domains"] * 3
    assert printed.cells[0][:2] == ["none", "80.00"]
    assert set(pair_means(scores, Context({"id": "x"}, DICE), "dice")["source"]) == {
        "all"
    }
    heatmap(scores, Context(TASKS, DICE, METHODS), tmp_path / "heatmap")
    assert "Specialists" in (tmp_path / "heatmap.svg").read_text()
    found = reproduced(scores, Context(TASKS, DICE), "dice")
    assert set(found["source"]) == {"all"}
    assert found[found["method"] == "unet_specialist"]["reproduced"].notna().all()


def test_a_cell_leads_to_the_cases_behind_it_with_their_source(scores):
    table = build_matrix(scores, Context(TASKS, DICE), "dice")
    printed = lay_out_matrix(table, Context(TASKS, DICE, METHODS))
    store = compact_cases(scores, [Context(TASKS, DICE)])
    place = printed.methods.index("Specialists")
    about = {**printed.columns[1], **printed.rows[place]}
    assert about == {
        "method": "unet_specialist",
        "structure": "heart",
        "target": "heart",
    }
    chosen = np.ones(len(store["keys"]["case"]), bool)
    for key, name in about.items():
        chosen &= np.array(store["keys"][key]) == store["names"][key].index(name)
    values = np.array(store["values"]["last|packed|all|none"]["dice"], dtype=float)
    assert sorted(values[chosen]) == [70, 90]
    sources = np.array(store["names"]["source"])[np.array(store["keys"]["source"])]
    assert set(sources[chosen]) == {"heart"}


def test_the_cost_of_specialists_is_that_of_all_of_them():
    runs = pd.DataFrame(
        {
            "method": ["s"] * 4 + ["u"] * 2,
            "seed": [1, 1, 2, 2, 1, 2],
            "trained_parameters": [5] * 6,
            "seconds": [10, 20, 30, 40, 7, 9],
        }
    )
    assert _spent(runs, universal=True)["seconds"].to_dict() == {"s": 50, "u": 8}
    assert _spent(runs, universal=True)["trained_parameters"]["s"] == 10
    assert _spent(runs, universal=False)["seconds"].to_dict() == {"s": 25, "u": 8}


def test_sources_that_are_domains_stay_apart_where_no_model_serves_all(scores):
    alone = scores[scores["source"] != "all"]
    assert set(select_rows(alone, DICE, "dice")["source"]) == {"heart", "liver"}
    crossed = rows("erm", "heart", "liver", [50], structure="liver")
    mixed = pd.concat([scores, crossed.assign(benchmark="tasks3d", method="x")])
    assert set(select_rows(mixed, DICE, "dice")["source"]) == {"all", "heart", "liver"}


@pytest.fixture
def load(repository):
    base = {
        "data_source": "synthetic",
        "benchmarks": ["prostate", "tasks3d"],
        "methods": ["erm", "unet_specialist"],
        "select": {"tasks3d": {"domains": ["liver_mr", "stomach_ct"]}},
    }
    return lambda **changes: load_settings(base | changes, [repository / "config"])


def test_a_run_for_each_task_trains_and_tests_on_it_alone(load):
    settings = load(seeds=2)
    runs = [r for r in settings.runs("tasks3d") if r.method == "unet_specialist"]
    assert {(run.source, run.seed) for run in runs} == {
        (source, seed) for source in ("liver_mr", "stomach_ct") for seed in (1, 2)
    }
    tasks = settings.benchmarks["tasks3d"]
    assert source_domains(tasks, "liver_mr") == ["liver_mr"]
    assert targets_of(tasks, "liver_mr") == ["liver_mr"]
    universal = {r.source for r in settings.runs("tasks3d") if r.method == "erm"}
    assert universal == {"all"}


def test_specialists_are_left_out_where_models_are_tested_on_other_domains(load):
    assert set(load().recipes["prostate"]) == {"erm"}
    with pytest.raises(InputError, match=r"select\.prostate\.methods"):
        load(select={"prostate": {"methods": ["unet_specialist"]}})
    with pytest.raises(InputError, match="of each domain alone"):
        load(methods=["unet_specialist"])
