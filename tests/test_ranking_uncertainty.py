"""Uncertainty of rankings: equal to brute force, scipy and scikit-posthocs."""

import itertools

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
from sambench.ranking.printed_tables import lay_out_ranks
from sambench.ranking.record import control_rows, winner_rows
from sambench.ranking.report import rank_methods, rivals, winners
from sambench.tables.aggregate import OVERALL, build_table
from sambench.tables.context import MEAN, Context

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
    found = bootstrap(scores, Context(benchmark, protocol), "dice", draws=6, seed=4)
    weights = resampling_weights({"A": 2, "B": 3, "C": 5}, draws=6, seed=4)
    taken = resampling_weights(dict.fromkeys(found.methods, 2), draws=6, seed=[4, 1])
    for draw in range(6):
        parts = []
        for target, times in weights.items():
            for case, count in enumerate(times[draw].astype(int)):
                rows = scores[scores["case"] == f"{target}{case}"]
                parts += [rows.assign(case=f"{target}{case}.{n}") for n in range(count)]
        cases = pd.concat(parts)
        resampled = pd.concat(
            cases[(cases["method"] == method) & (cases["seed"] == run)].assign(
                seed=10 * run + n
            )
            for method in found.methods
            for run, count in zip((1, 2), taken[method][draw].astype(int), strict=True)
            for n in range(count)
        )
        if resampled.groupby(["target", "structure"])["value"].count().min() == 0:
            continue  # no table has a mean there
        table = build_table(resampled, Context(benchmark, protocol), "dice")
        table = table[(table["structure"] == OVERALL) & (table["column"] == MEAN)]
        expected = table.set_index("method")["value"]
        assert found.means[draw] == pytest.approx([expected[m] for m in found.methods])


def test_two_levels_equal_every_possible_draw():
    """5 cases, 2 seeds: all 5**5 x 2**2 draws have this mean and variance.

    Values are case effect + seed effect, so the variance of a draw's mean is the sum
    of both parts: that of cases over 5, and that of seeds over 2 (population values).
    """
    cases, seeds = np.array([10.0, 20.0, 30.0, 40.0, 60.0]), np.array([-6.0, 6.0])
    one = random_scores(methods=1, seeds=2)
    one = one[(one["target"] == "C") & (one["source"] == "S")]
    one = one[one["structure"] == "disc"].sort_values(["case", "seed"])
    values = (cases[:, None] + seeds[None, :]).ravel()
    one = one.assign(value=values, outcome="scored")
    draws = [
        np.mean(c) + np.mean(s)
        for c in itertools.product(cases, repeat=5)
        for s in itertools.product(seeds, repeat=2)
    ]
    expected = cases.var() / 5 + seeds.var() / 2
    assert np.var(draws) == pytest.approx(expected)
    context = Context(BENCHMARK, STRICT)
    found = bootstrap(one, context, "dice", draws=40_000)
    assert found.seeds == 2
    assert found.means.mean() == pytest.approx(np.mean(draws), abs=0.15)
    assert found.means.var() == pytest.approx(expected, rel=0.03)
    wanted = np.percentile(draws, [2.5, 97.5])
    summary = found.summary().iloc[0]
    assert [summary["mean_low"], summary["mean_high"]] == pytest.approx(wanted, abs=1)
    alone = bootstrap(one[one["seed"] == 1], context, "dice", draws=40_000)
    assert alone.seeds == 1
    assert alone.means.var() == pytest.approx(cases.var() / 5, rel=0.03)


@pytest.mark.parametrize(
    ("kept", "reason"),
    [
        ("case == 'C0'", "1 case,"),
        ("target == 'B'", "3 cases,"),
        ("case in ('A0', 'B0', 'C0')", "3 cases,"),
    ],
)
def test_few_cases_have_no_interval_no_share_and_no_test(kept, reason):
    few = random_scores().query(kept)
    context = Context(BENCHMARK, STRICT)
    ranking = rank_methods(few, context, "dice", draws=20)
    assert reason in ranking.obstacle
    uncertain = ["mean_low", "mean_high", "rank_low", "rank_high", "p_first"]
    assert ranking.ranks[uncertain].isna().all(axis=None)
    assert ranking.ranks["rank_by_mean"].notna().all()
    assert ranking.frequencies.empty
    assert ranking.pairs[["p_wilcoxon", "p_holm", "p_not_better"]].isna().all(axis=None)
    printed = lay_out_ranks(ranking, context)
    interval = printed.header.index(("mean, then rank", "95 % interval"))
    assert {row[interval] for row in printed.cells} == {"\N{EN DASH}"}
    assert reason in printed.caption


def test_targets_of_one_case_each_have_no_interval_and_are_named():
    scores = random_scores().query("target == 'C' and structure == 'disc'")
    alone = scores.assign(target=scores["case"])  # five targets of one case
    context = Context(BENCHMARK, STRICT)
    ranking = rank_methods(alone, context, "dice", draws=20)
    assert "every target has one case" in ranking.obstacle
    both = pd.concat([random_scores(), alone[alone["target"] == "C0"]])
    ranking = rank_methods(both, context, "dice", draws=20)
    assert ranking.obstacle == "" and ranking.single == ("C0",)
    assert "One case only: C0." in lay_out_ranks(ranking, context).caption


def test_captions_say_what_intervals_contain():
    context = Context(BENCHMARK, STRICT)
    two = rank_methods(random_scores(), context, "dice", draws=10)
    assert "the 2 seeds of training" in lay_out_ranks(two, context).caption
    one = rank_methods(random_scores(seeds=1), context, "dice", draws=10)
    assert "(one seed) is not in them" in lay_out_ranks(one, context).caption


def test_bootstrap_is_the_same_for_a_seed_and_another_for_another():
    scores = random_scores()
    one, two, other = (
        bootstrap(scores, Context(BENCHMARK, STRICT), "dice", draws=50, seed=seed)
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one.means, two.means)
    assert (one.means != other.means).any()


def test_rank_frequencies_add_up_and_follow_the_direction():
    scores = random_scores()
    for metric, best in (("dice", "m2"), ("assd", "m0")):
        found = bootstrap(
            scores.assign(metric=metric), Context(BENCHMARK, STRICT), metric, draws=200
        )
        sums = found.frequencies().groupby("method")["frequency"].sum()
        assert sums.to_numpy() == pytest.approx([1, 1, 1])
        summary = found.summary().set_index("method")
        assert summary["p_first"].idxmax() == best
        assert (summary["mean_low"] < summary["mean_high"]).all()


def test_intervals_hold_the_mean_of_the_table():
    scores = random_scores(seed=3)
    table = build_table(scores, Context(BENCHMARK, STRICT), "dice")
    table = table[(table["structure"] == OVERALL) & (table["column"] == MEAN)]
    means = table.set_index("method")["value"]
    summary = bootstrap(scores, Context(BENCHMARK, STRICT), "dice").summary()
    for row in summary.itertuples():
        assert row.mean_low < means[row.method] < row.mean_high


def test_a_method_with_a_missing_target_takes_no_part():
    scores = random_scores()
    gone = scores.query("method == 'm1' and target == 'C'").index
    found = bootstrap(scores.drop(gone), Context(BENCHMARK, STRICT), "dice", draws=20)
    assert found.methods == ["m0", "m2"]
    ranking = rank_methods(
        scores.drop(gone), Context(BENCHMARK, STRICT, {}), "dice", draws=20
    )
    row = ranking.ranks.set_index("method").loc["m1"]
    assert np.isnan(row["mean"]) and np.isnan(row["p_first"])


def test_a_case_counts_once_however_often_it_is_segmented():
    one = random_scores(seeds=1)
    cases = case_means(one, Context({"id": "x"}, STRICT), "dice")
    assert len(cases) == 10
    three = pd.concat([one, one.assign(seed=2), one.assign(seed=3)])
    again = case_means(three, Context({"id": "x"}, STRICT), "dice")
    pd.testing.assert_frame_equal(cases, again)
    rows = one[(one["case"] == "A0") & (one["method"] == "m0")]
    assert cases.loc[("A", "A0"), "m0"] == pytest.approx(rows["value"].mean())


def test_pairs_equal_scikit_posthocs():
    posthocs = pytest.importorskip("scikit_posthocs")
    cases = case_means(
        random_scores(seed=5, methods=4), Context({"id": "x"}, STRICT), "dice"
    )
    long = cases.reset_index(drop=True).melt(var_name="method", value_name="value")
    expected = posthocs.posthoc_wilcoxon(
        long, val_col="value", group_col="method", p_adjust="holm"
    )
    pairs = compare_pairs(cases, "dice", Context({"id": "x"}))
    assert len(pairs) == 6
    for pair in pairs.itertuples():
        assert pair.p_holm == pytest.approx(expected.loc[pair.method, pair.other])


def test_holm_by_hand():
    # 0.01 * 3, 0.03 * 2, 0.04 * 1 raised to the one before.
    assert holm(np.array([0.04, 0.01, 0.03])) == pytest.approx([0.06, 0.03, 0.06])
    assert holm(np.array([0.6, 0.5])) == pytest.approx([1, 1])


def test_controls_are_a_family_of_tests_of_their_own():
    cases = case_means(random_scores(methods=4), Context({"id": "x"}, STRICT), "dice")
    context = Context({"id": "x"}, STRICT, {"m3": {"control": True}})
    alone = compare_pairs(cases.drop(columns="m3"), "dice", context)
    beside = compare_pairs(cases, "dice", context)
    kept = beside[beside["family"] == "automatic"].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, alone)


def test_methods_that_are_told_different_things_are_not_tested_on_each_other():
    cases = case_means(random_scores(methods=4), Context({"id": "x"}, STRICT), "dice")
    methods = {"m2": {"told": "box"}, "m3": {"told": "box"}}
    pairs = compare_pairs(cases, "dice", Context({"id": "x"}, STRICT, methods))
    found = {frozenset((p.method, p.other)): p.family for p in pairs.itertuples()}
    assert found == {
        frozenset(("m0", "m1")): "automatic",
        frozenset(("m2", "m3")): "box prompt",
    }


def test_each_block_has_its_own_ranks_and_winner():
    methods = {"m1": {"told": "box"}, "m2": {"told": "box"}}
    context = Context(BENCHMARK, STRICT, methods)
    ranking = rank_methods(random_scores(), context, "dice", draws=100)
    assert winners(ranking.ranks) == {"automatic": "m0", "box prompt": "m2"}
    rows = ranking.ranks.set_index("method")
    assert rows["rank_by_mean"].to_dict() == {"m0": 1, "m2": 1, "m1": 2}
    assert rows["rank_by_case"].to_dict() == {"m0": 1, "m2": 1, "m1": 2}
    # A method without rivals is first of one: that is no finding.
    assert rows.loc["m0", "mean_rank"] == 1 and np.isnan(rows.loc["m0", "p_first"])
    assert rows.loc["m2", "p_first"] + rows.loc["m1", "p_first"] == pytest.approx(1)


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


def test_the_winner_is_a_competitor_and_has_to_beat_fair_controls():
    """m2 is a box control, m3 the label: an automatic method need not beat them."""
    methods = {
        "m1": {"told": "nothing"},
        "m2": {"control": True, "told": "box"},
        "m3": {"control": True, "told": "label"},
    }
    context = Context(BENCHMARK, STRICT, methods)
    ranking = rank_methods(random_scores(methods=4), context, "dice")
    assert winners(ranking.ranks) == {"automatic": "m1"}
    assert rivals(ranking.ranks, context, "m1") == ["m0"]
    claims = ranking.ranks.set_index("method")["p_false_claim"]
    assert 0 < claims["m0"] < 0.5
    assert claims[["m1", "m2", "m3"]].isna().all()
    prompted = Context(BENCHMARK, STRICT, methods | {"m1": {"told": "box"}})
    ranking = rank_methods(random_scores(methods=4), prompted, "dice")
    assert rivals(ranking.ranks, prompted, "m1") == ["m2"]
    claims = ranking.ranks.set_index("method")["p_false_claim"]
    assert claims["m2"] > 0.5  # it is behind the box that it was told
    assert np.isnan(claims["m3"])
    row = {row["block"]: row for row in winner_rows(ranking, prompted)}["box prompt"]
    assert row["doubt"] == f"{claims['m2']:.3f}" and row["against"] == "m2 (control)"
    checks = control_rows(ranking, prompted)
    assert [(c["method"], c["control"], c["beats"]) for c in checks] == [
        ("m1", "m2 (control)", False)
    ]


def test_without_a_complete_method_there_is_no_rank_and_no_error():
    scores = random_scores(methods=2)
    one = scores.query("method == 'm0' and target == 'C'").index
    other = scores.query("method == 'm1' and target == 'A'").index
    scores = scores.drop([*one, *other])
    ranking = rank_methods(scores, Context(BENCHMARK, STRICT, {}), "dice", draws=10)
    assert ranking.ranks["rank_by_mean"].isna().all()
    assert ranking.frequencies.empty
    assert winners(ranking.ranks) == {}


def test_scores_without_anything_to_score_have_a_ranking_without_ranks():
    scores = random_scores(methods=2).assign(value=np.nan, outcome="both_empty")
    ranking = rank_methods(scores, Context(BENCHMARK, STRICT), "dice", draws=10)
    assert ranking.ranks["mean"].isna().all()
    assert ranking.ranks["rank_by_mean"].isna().all()
    assert ranking.frequencies.empty and winners(ranking.ranks) == {}
    printed = lay_out_ranks(ranking, Context(BENCHMARK, STRICT))
    assert len(printed.cells) == 2
