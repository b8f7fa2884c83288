"""Uncertainty of rankings: equal to brute force, scipy and scikit-posthocs."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_rel

from sambench.metrics.scores_file import SCHEMA
from sambench.ranking.bootstrap import bootstrap, resampling_weights
from sambench.ranking.pairwise import (
    case_means,
    compare_pairs,
    holm,
    probability_not_better,
    signed_rank_p,
)
from sambench.ranking.report import claimed_winner, rank_methods
from sambench.tables.aggregate import MEAN, OVERALL, build_table

STRICT = {"id": "strict", "slices": "all", "average": "targets"}
POOLED = {"id": "pooled", "slices": "all", "average": "cases"}
BENCHMARK = {"id": "b", "table_columns": "source"}


def random_scores(seed=0, methods=3, seeds=2, metric="dice"):
    """Two sources, three targets of 2, 3 and 5 cases, two structures, some N/A."""
    generator = np.random.default_rng(seed)
    records = []
    for target, size in (("A", 2), ("B", 3), ("C", 5)):
        for source in ("S", "T"):
            for case in range(size):
                for structure in ("disc", "cup"):
                    absent = structure == "cup" and case == 1
                    for method in range(methods):
                        for run in range(1, seeds + 1):
                            value = generator.normal(50 + 8 * method, 12)
                            records.append(
                                {
                                    "benchmark": "b",
                                    "method": f"m{method}",
                                    "source": source,
                                    "target": target,
                                    "seed": run,
                                    "case": f"{target}{case}",
                                    "structure": structure,
                                    "slices": "all",
                                    "selection": "any",
                                    "grid": "any",
                                    "post_processing": "none",
                                    "metric": metric,
                                    "unit": "%",
                                    "value": np.nan if absent else value,
                                    "outcome": "both_empty" if absent else "scored",
                                    "data_source": "original",
                                }
                            )
    return pd.DataFrame(records)[SCHEMA.names]


@pytest.mark.parametrize("protocol", [STRICT, POOLED], ids=["targets", "cases"])
@pytest.mark.parametrize("columns", ["source", "target"])
def test_bootstrap_equals_tables_of_resampled_rows(protocol, columns):
    scores = random_scores()
    benchmark = {"id": "b", "table_columns": columns}
    found = bootstrap(scores, protocol, benchmark, "dice", draws=6, seed=4)
    weights = resampling_weights({"A": 2, "B": 3, "C": 5}, draws=6, seed=4)
    for draw in range(6):
        parts = []
        for target, times in weights.items():
            for case, count in enumerate(times[draw].astype(int)):
                rows = scores[scores["case"] == f"{target}{case}"]
                parts += [rows.assign(case=f"{target}{case}.{n}") for n in range(count)]
        resampled = pd.concat(parts)
        if resampled.groupby(["target", "structure"])["value"].count().min() == 0:
            continue  # no table has a mean there
        table = build_table(resampled, protocol, benchmark, "dice")
        table = table[(table["structure"] == OVERALL) & (table["column"] == MEAN)]
        expected = table.set_index("method")["value"]
        assert found.means[draw] == pytest.approx([expected[m] for m in found.methods])


def test_bootstrap_is_the_same_for_a_seed_and_another_for_another():
    scores = random_scores()
    one, two, other = (
        bootstrap(scores, STRICT, BENCHMARK, "dice", draws=50, seed=seed)
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one.means, two.means)
    assert (one.means != other.means).any()


def test_rank_frequencies_add_up_and_follow_the_direction():
    scores = random_scores()
    for metric, best in (("dice", "m2"), ("assd", "m0")):
        found = bootstrap(
            scores.assign(metric=metric), STRICT, BENCHMARK, metric, draws=200
        )
        sums = found.frequencies().groupby("method")["frequency"].sum()
        assert sums.to_numpy() == pytest.approx([1, 1, 1])
        summary = found.summary().set_index("method")
        assert summary["p_first"].idxmax() == best
        assert (summary["mean_low"] < summary["mean_high"]).all()


def test_intervals_hold_the_mean_of_the_table():
    scores = random_scores(seed=3)
    table = build_table(scores, STRICT, BENCHMARK, "dice")
    table = table[(table["structure"] == OVERALL) & (table["column"] == MEAN)]
    means = table.set_index("method")["value"]
    summary = bootstrap(scores, STRICT, BENCHMARK, "dice").summary()
    for row in summary.itertuples():
        assert row.mean_low < means[row.method] < row.mean_high


def test_a_method_with_a_missing_target_takes_no_part():
    scores = random_scores()
    gone = scores.query("method == 'm1' and target == 'C'").index
    found = bootstrap(scores.drop(gone), STRICT, BENCHMARK, "dice", draws=20)
    assert found.methods == ["m0", "m2"]
    ranking = rank_methods(scores.drop(gone), STRICT, BENCHMARK, "dice", {}, draws=20)
    row = ranking.ranks.set_index("method").loc["m1"]
    assert np.isnan(row["mean"]) and np.isnan(row["p_first"])


def test_a_case_counts_once_however_often_it_is_segmented():
    one = random_scores(seeds=1)
    cases = case_means(one, STRICT, "dice")
    assert len(cases) == 10
    three = pd.concat([one, one.assign(seed=2), one.assign(seed=3)])
    again = case_means(three, STRICT, "dice")
    pd.testing.assert_frame_equal(cases, again)
    rows = one[(one["case"] == "A0") & (one["method"] == "m0")]
    assert cases.loc[("A", "A0"), "m0"] == pytest.approx(rows["value"].mean())


def test_pairs_equal_scikit_posthocs():
    posthocs = pytest.importorskip("scikit_posthocs")
    cases = case_means(random_scores(seed=5, methods=4), STRICT, "dice")
    long = cases.reset_index(drop=True).melt(var_name="method", value_name="value")
    expected = posthocs.posthoc_wilcoxon(
        long, val_col="value", group_col="method", p_adjust="holm"
    )
    pairs = compare_pairs(cases, "dice")
    assert len(pairs) == 6
    for pair in pairs.itertuples():
        assert pair.p_holm == pytest.approx(expected.loc[pair.method, pair.other])


def test_holm_by_hand():
    # 0.01 * 3, 0.03 * 2, 0.04 * 1 raised to the one before.
    assert holm(np.array([0.04, 0.01, 0.03])) == pytest.approx([0.06, 0.03, 0.06])
    assert holm(np.array([0.6, 0.5])) == pytest.approx([1, 1])


def test_controls_are_a_family_of_tests_of_their_own():
    cases = case_means(random_scores(methods=4), STRICT, "dice")
    alone = compare_pairs(cases.drop(columns="m3"), "dice")
    beside = compare_pairs(cases, "dice", {"m3"})
    kept = beside[beside["family"] == "competitors"].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, alone)


def test_equal_methods_differ_with_p_one():
    assert signed_rank_p(np.zeros(5)) == 1
    assert probability_not_better(np.zeros(5)) == 0.5
    assert probability_not_better(np.full(4, 2.0)) == 0
    assert np.isnan(probability_not_better(np.array([1.0])))


def test_probability_of_a_false_claim_is_that_of_a_paired_t_test():
    generator = np.random.default_rng(1)
    a, b = generator.normal(80, 5, 20), generator.normal(78, 5, 20)
    one_sided = ttest_rel(a, b, alternative="greater").pvalue
    assert probability_not_better(a - b) == pytest.approx(one_sided)


def test_the_winner_is_a_competitor_and_is_compared_with_each():
    methods = {"m2": {"control": True}}
    ranking = rank_methods(random_scores(), STRICT, BENCHMARK, "dice", methods)
    assert claimed_winner(ranking.ranks) == "m1"
    pairs = ranking.pairs[["method", "other"]].to_numpy().tolist()
    assert pairs == [["m1", "m0"], ["m2", "m1"], ["m2", "m0"]]  # competitors first
    claims = ranking.ranks.set_index("method")["p_false_claim"]
    assert 0 < claims["m0"] < 0.5
    assert np.isnan(claims["m1"]) and np.isnan(claims["m2"])


def test_without_a_complete_method_there_is_no_rank_and_no_error():
    scores = random_scores(methods=2)
    one = scores.query("method == 'm0' and target == 'C'").index
    other = scores.query("method == 'm1' and target == 'A'").index
    scores = scores.drop([*one, *other])
    ranking = rank_methods(scores, STRICT, BENCHMARK, "dice", {}, draws=10)
    assert ranking.ranks["rank_by_mean"].isna().all()
    assert ranking.frequencies.empty
    assert claimed_winner(ranking.ranks) is None
