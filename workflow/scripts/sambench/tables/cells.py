"""From score rows to the value of each cell, one seed at a time."""

import pandas as pd
from pandas.api.typing import SeriesGroupBy

from sambench.errors import InputError
from sambench.settings.grid import ALL
from sambench.tables.protocol import choices, rows_under

COUNTS = ["n_scores", "n_failures", "n_not_applicable", "n_below_10", "n_zero"]
"""Counts of score rows that cells add up."""

BROKEN = 10.0
"""Dice in percent below which a segmentation has failed, whatever the method."""

_CASE = ["source", "target", "structure", "case"]
_PAIR = ["source", "target", "structure"]


def select_rows(scores: pd.DataFrame, protocol: dict, metric: str) -> pd.DataFrame:
    """Keep the rows of one metric under the choices of a protocol.

    If one model serves every domain, what is compared is targets: a model that was
    trained on one domain and tested on it stands beside it. Its rows then have the
    source `all`, too, and `trained_on` says what was trained on.

    Returns
    -------
    DataFrame
        The rows, at most one per method, seed, source, target, structure and case, with
        `trained_on`, the source of the run.

    Raises
    ------
    InputError
        No row of the metric, a method without a row that the protocol reads, rows of
        several benchmarks, or a case scored twice.
    """
    of_metric = scores[scores["metric"] == metric]
    if of_metric.empty:
        raise InputError(
            where="scores",
            found=f"no row of metric '{metric}'",
            expected="one of " + ", ".join(sorted(scores["metric"].unique())),
            remedy="Correct the metric, or score the predictions again",
        )
    rows = rows_under(of_metric, protocol)
    absent = sorted({*scores["method"].unique()} - {*rows["method"].unique()})
    if absent:
        wanted = (f"{key} '{value}'" for key, value in choices(protocol).items())
        raise InputError(
            where="scores",
            found=f"no row of metric '{metric}' of {', '.join(absent)} with "
            + ", ".join(wanted),
            expected="such rows of every method",
            remedy="Run the benchmark with this protocol "
            "(select.<benchmark>.protocols), or ask for another",
        )
    benchmarks = sorted(rows["benchmark"].unique())
    if len(benchmarks) > 1:
        raise InputError(
            where="scores",
            found=f"rows of the benchmarks {', '.join(benchmarks)}",
            expected="one benchmark per table",
            remedy="Make one table for each benchmark",
        )
    rows = _with_comparable_sources(rows)
    twice = rows.duplicated(["method", "seed", *_CASE])
    if twice.any():
        first = rows[twice].iloc[0]
        raise InputError(
            where="scores",
            found=f"case '{first['case']}' of {first['source']} to {first['target']} "
            f"twice for {first['method']}, seed {first['seed']}",
            expected="one row per case",
            remedy="Give each score file once",
        )
    return rows


def _with_comparable_sources(rows: pd.DataFrame) -> pd.DataFrame:
    universal = rows["source"] == ALL
    specialist = rows["source"] == rows["target"]
    trained_on = rows["source"]
    if universal.any() and (universal | specialist).all():
        rows = rows.assign(source=ALL)
    return rows.assign(trained_on=trained_on)


def pair_scores(rows: pd.DataFrame) -> pd.DataFrame:
    """Summarise each source-target pair of each method and seed in `select_rows`.

    What is expected of a method is what any method has: a pair or a case that is there
    for one method and absent for another makes the pair of the other incomplete.

    Returns
    -------
    DataFrame
        A row per method, seed, source, target and structure: `n_scores` values that are
        numbers, `total` their sum, `n_failures` missed or false positive cases,
        `n_not_applicable` cases without a value, `n_below_10` and `n_zero` values below
        10 and of 0, and `complete`.
    """
    rows = rows.assign(
        failure=rows["outcome"].isin(["missed", "false_positive"]),
        not_applicable=rows["value"].isna(),
        below_10=rows["value"] < BROKEN,
        zero=rows["value"] == 0,
    )
    pairs = rows.groupby(["method", "seed", *_PAIR]).agg(
        n_rows=("case", "size"),
        n_scores=("value", "count"),
        total=("value", "sum"),
        n_failures=("failure", "sum"),
        n_not_applicable=("not_applicable", "sum"),
        n_below_10=("below_10", "sum"),
        n_zero=("zero", "sum"),
    )
    expected = rows.groupby(_PAIR)["case"].nunique().rename("n_expected").reset_index()
    runs = rows[["method", "seed"]].drop_duplicates()
    everything = runs.merge(expected, how="cross")
    pairs = everything.merge(pairs.reset_index(), how="left")
    counts = ["n_rows", *COUNTS]
    pairs[counts] = pairs[counts].fillna(0).astype(int)
    pairs["complete"] = pairs.pop("n_rows") == pairs.pop("n_expected")
    return pairs


def cell_values(pairs: pd.DataFrame, average: str, keys: list[str]) -> pd.DataFrame:
    """Average pairs into cells, which some columns name.

    Parameters
    ----------
    pairs : DataFrame
        Result of `pair_scores`.
    average : str
        ``"targets"``: mean over pairs of the mean over cases; ``"cases"``: mean over
        the cases of all pairs. Another one is an `InputError`.

    Returns
    -------
    DataFrame
        `keys`, `value` (NaN unless every pair is complete and has a score), and the
        sums of `COUNTS`.
    """
    if average not in ("targets", "cases"):
        raise InputError(
            where="protocol, average",
            found=f"'{average}'",
            expected="'targets' or 'cases'",
            remedy="Correct the protocol file",
        )
    pairs = pairs.assign(
        mean=pairs["total"] / pairs["n_scores"].where(pairs.n_scores > 0)
    )
    groups = pairs.groupby(keys, sort=False)
    cells = groups[COUNTS].sum()
    if average == "targets":
        value = complete_mean(groups["mean"])
    else:
        value = groups["total"].sum() / cells["n_scores"].where(cells["n_scores"] > 0)
    cells["value"] = value.where(groups["complete"].all())
    return cells.reset_index()


def complete_mean(groups: SeriesGroupBy) -> pd.Series:
    """Return the mean of each group, NaN if one of its values is."""
    return groups.mean().where(groups.count() == groups.size())


def single_case_targets(rows: pd.DataFrame) -> list[str]:
    """List the targets with one scored case: nothing is known of their spread."""
    cases = rows.groupby("target", sort=True)["case"].nunique()
    return list(cases.index[cases == 1])
