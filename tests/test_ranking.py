"""Ranks of methods: by mean, and by mean rank over cases."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import rankdata

from sambench.metrics.scores_file import SCHEMA
from sambench.ranking.ranks import mean_then_rank, rank_then_mean
from sambench.ranking.report import rank_methods, winners
from sambench.tables.aggregate import build_table, competition_ranks
from sambench.tables.context import Context

STRICT = {"id": "strict", "slices": "all", "average": "targets"}
POOLED = {"id": "pooled", "slices": "all", "average": "cases"}
BENCHMARK = {"id": "b", "table_columns": "source", "sources": ["A"], "targets": ["B"]}


def scores_of(values, target="B", seed=0, metric="dice"):
    """Rows from a dict of method to case values; None is a case that is not there."""
    records = []
    for method, numbers in values.items():
        for case, number in enumerate(numbers):
            if number is None:
                continue
            outcome = "both_empty" if np.isnan(number) else "scored"
            records.append(
                {
                    "benchmark": "b",
                    "method": method,
                    "source": "A",
                    "target": target,
                    "seed": seed,
                    "case": f"{target}{case}",
                    "structure": "gland",
                    "slices": "all",
                    "selection": "any",
                    "grid": "any",
                    "post_processing": "none",
                    "metric": metric,
                    "unit": "%" if metric == "dice" else "mm",
                    "value": float(number),
                    "outcome": outcome,
                    "data_source": "original",
                }
            )
    return pd.DataFrame(records)[SCHEMA.names]


def mean_ranks(*arguments):
    return rank_then_mean(*arguments).set_index("method")["mean_rank"].to_dict()


def test_the_two_orders_can_disagree():
    # x wins two cases narrowly and loses one by far.
    scores = scores_of({"x": [81, 81, 10], "y": [80, 80, 80]})
    means = mean_then_rank(build_table(scores, Context(BENCHMARK, STRICT), "dice"))
    assert list(means["method"]) == ["y", "x"]
    assert list(means["rank"]) == [1, 2]
    ranks = rank_then_mean(scores, Context(BENCHMARK, STRICT), "dice")
    assert list(ranks["method"]) == ["x", "y"]
    assert ranks["mean_rank"].tolist() == pytest.approx([4 / 3, 5 / 3])


def test_ties_share_the_better_rank():
    scores = scores_of({"x": [50, 60], "y": [50, 60], "z": [40, 70]})
    found = mean_ranks(scores, Context(BENCHMARK, STRICT), "dice")
    assert found == pytest.approx({"x": 1.5, "y": 1.5, "z": 2})
    ranks = rank_then_mean(scores, Context(BENCHMARK, STRICT), "dice").set_index(
        "method"
    )
    assert ranks["rank"].to_dict() == {"x": 1, "y": 1, "z": 3}


def test_a_missing_case_ranks_last():
    scores = scores_of({"x": [99, None], "y": [50, 10], "z": [60, 20]})
    ranks = rank_then_mean(scores, Context(BENCHMARK, STRICT), "dice").set_index(
        "method"
    )
    assert ranks["mean_rank"].to_dict() == {"x": 2, "y": 2.5, "z": 1.5}
    assert ranks["n_missing"].to_dict() == {"x": 1, "y": 0, "z": 0}
    assert ranks["n_ranked"].unique().tolist() == [2]


def test_lower_distances_rank_better():
    scores = scores_of({"x": [1.0, 2.0], "y": [3.0, 4.0]}, metric="assd")
    found = mean_ranks(scores, Context(BENCHMARK, STRICT), "assd")
    assert found == {"x": 1, "y": 2}


def test_a_correct_absence_ranks_before_a_false_positive():
    scores = scores_of({"x": [np.nan, 50], "y": [0, 60], "z": [np.nan, 40]})
    found = mean_ranks(scores, Context(BENCHMARK, STRICT), "dice")
    assert found == {"x": 1.5, "y": 2, "z": 2}


def test_a_case_that_applies_to_no_method_is_left_out():
    scores = scores_of({"x": [np.nan, 50], "y": [np.nan, 60]})
    ranks = rank_then_mean(scores, Context(BENCHMARK, STRICT), "dice").set_index(
        "method"
    )
    assert ranks["mean_rank"].to_dict() == {"x": 2, "y": 1}
    assert ranks["n_ranked"].tolist() == [1, 1]


def test_without_an_applicable_case_nobody_has_a_rank():
    """A structure that no test case holds, and that nobody predicts."""
    scores = scores_of({"x": [np.nan, np.nan], "y": [np.nan, np.nan]})
    ranking = rank_methods(scores, Context(BENCHMARK, STRICT), "dice", draws=10)
    ranks = ranking.ranks.set_index("method")
    assert list(ranks.index) == ["x", "y"]
    assert ranks[["mean", "rank_by_mean", "mean_rank", "p_first"]].isna().all(axis=None)
    assert ranking.frequencies.empty
    assert winners(ranking.ranks) == {}


def test_seeds_are_averaged_before_ranking():
    first = scores_of({"x": [90], "y": [50]})
    second = scores_of({"x": [20], "y": [70]}, seed=1)
    found = mean_ranks(pd.concat([first, second]), Context(BENCHMARK, STRICT), "dice")
    assert found == {"x": 2, "y": 1}  # 55 against 60


def test_ranks_are_averaged_as_the_protocol_says():
    large = scores_of({"x": [90, 90, 90], "y": [80, 80, 80]})
    small = scores_of({"x": [10], "y": [20]}, target="C")
    both = pd.concat([large, small])
    assert mean_ranks(both, Context(BENCHMARK, STRICT), "dice") == {"x": 1.5, "y": 1.5}
    assert mean_ranks(both, Context(BENCHMARK, POOLED), "dice") == {
        "x": 1.25,
        "y": 1.75,
    }


def test_ranks_equal_scipy_on_random_scores():
    values = np.random.default_rng(0).integers(0, 20, size=(30, 6)).astype(float)
    scores = scores_of({f"m{i}": column for i, column in enumerate(values.T)})
    expected = rankdata(-values, method="min", axis=1).mean(axis=0)
    found = mean_ranks(scores, Context(BENCHMARK, POOLED), "dice")
    assert [found[f"m{i}"] for i in range(6)] == pytest.approx(expected)


def test_sums_in_another_order_tie_and_nan_has_no_rank():
    values = pd.Series([0.1 + 0.2, 0.3, np.nan, 0.2])
    ranks = competition_ranks(values, lower_is_better=False)
    np.testing.assert_array_equal(ranks, [1, 1, np.nan, 3])


def test_incomplete_methods_come_last_by_mean():
    scores = scores_of({"x": [99, None], "y": [50, 10]})
    ranks = mean_then_rank(build_table(scores, Context(BENCHMARK, STRICT), "dice"))
    assert ranks["method"].tolist() == ["y", "x"]
    np.testing.assert_array_equal(ranks["rank"], [1, np.nan])


def test_a_method_that_had_seen_the_data_is_in_no_ranking_of_clean_ones():
    """Its mean is shown with its interval; what is said of the others is as without."""
    values = {"x": [80, 70, 60, 75, 65, 55], "y": [79, 71, 50, 74, 60, 50]}
    domain = {"dataset": "sites", "group": "B", "label": "B", "structures": ["gland"]}
    benchmark = BENCHMARK | {"domains": {"B": domain}}
    entry = [{"data": "sites/B", "source": "its paper", "confidence": "stated"}]
    context = Context(benchmark, STRICT, {"leaky": {"label": "Leaky", "seen": entry}})
    alone = rank_methods(scores_of(values), context, "dice").ranks
    scores = scores_of(values | {"leaky": [90] * 6})
    found = rank_methods(scores, context, "dice")
    ranks = found.ranks.set_index("method")
    pd.testing.assert_frame_equal(
        ranks.loc[["x", "y"]].drop(columns="rank_with_seen"),
        alone.set_index("method").drop(columns="rank_with_seen"),
        check_dtype=False,
    )
    assert ranks["rank_with_seen"].to_dict() == {"leaky": 1, "x": 2, "y": 3}
    assert ranks.loc["leaky", "mean_low"] == 90
    columns = ["rank_by_mean", "mean_rank", "rank_by_case", "rank_low", "p_first"]
    assert ranks.loc["leaky", [*columns, "p_false_claim"]].isna().all()
    assert set(found.frequencies["method"]) == {"x", "y"}
