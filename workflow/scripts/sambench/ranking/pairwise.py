"""Are two methods really different? Tests on the cases both were scored on."""

from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import t as student
from scipy.stats import wilcoxon

from sambench.metrics.names import is_distance
from sambench.tables.cells import select_rows

COLUMNS = [
    "method",
    "other",
    "family",
    "n_cases",
    "difference",
    "p_wilcoxon",
    "p_holm",
    "p_not_better",
]


def case_means(scores: pd.DataFrame, protocol: dict, metric: str) -> pd.DataFrame:
    """Average each case of each method over seeds, sources and structures.

    A case that is segmented by several trainings counts once, so that trainings are not
    taken for independent cases.

    Parameters
    ----------
    scores, protocol, metric
        As for `sambench.tables.aggregate.build_table`.

    Returns
    -------
    DataFrame
        A row per target and case, a column per method, sorted by case.
    """
    rows = select_rows(scores, protocol, metric)
    keys = ["target", "case", "structure", "source", "method"]
    values = rows.groupby(keys)["value"].mean().unstack("method")
    return values.groupby(["target", "case"]).mean().sort_index()


def compare_pairs(
    cases: pd.DataFrame, metric: str, controls: frozenset[str] | set[str] = frozenset()
) -> pd.DataFrame:
    """Test every pair of methods with Wilcoxon's signed ranks, corrected after Holm.

    Pairs of competing methods are one family of tests; pairs with a control are
    another, so that controls cost the competitors no power.

    Parameters
    ----------
    cases : DataFrame
        Result of `case_means`.
    metric : str
        Says which end is better.
    controls : set of str
        Methods that are controls.

    Returns
    -------
    DataFrame
        `COLUMNS`, the better method of each pair first: `difference` of the means
        (better minus other, positive when better), two-sided `p_wilcoxon` and `p_holm`,
        and `p_not_better`, the probability that the better one is not better after all.
    """
    sign = -1.0 if is_distance(metric) else 1.0
    records = []
    for first, second in combinations(cases.columns, 2):
        both = cases[[first, second]].dropna() * sign
        gain = both[first] - both[second]
        if gain.mean() < 0:
            first, second, gain = second, first, -gain
        control = first in controls or second in controls
        records.append(
            (
                first,
                second,
                "with a control" if control else "competitors",
                len(gain),
                float(gain.mean()) if len(gain) else np.nan,
                signed_rank_p(gain.to_numpy()),
                np.nan,
                probability_not_better(gain.to_numpy()),
            )
        )
    pairs = pd.DataFrame.from_records(records, columns=COLUMNS)
    for _, family in pairs.groupby("family"):
        pairs.loc[family.index, "p_holm"] = holm(family["p_wilcoxon"].to_numpy())
    return pairs


def signed_rank_p(differences: np.ndarray) -> float:
    """Give the two-sided p of Wilcoxon's signed-rank test; 1 without any difference."""
    differences = np.asarray(differences, dtype=float).round(9)
    if not differences.any():
        return 1.0
    return float(wilcoxon(differences).pvalue)


def holm(p: np.ndarray) -> np.ndarray:
    """Correct p values of several tests, (n,), by Holm's step-down procedure."""
    order = np.argsort(p, kind="stable")
    factors = np.arange(len(p), 0, -1)
    stepped = np.maximum.accumulate(factors * np.asarray(p, dtype=float)[order])
    corrected = np.empty(len(p))
    corrected[order] = np.minimum(stepped, 1.0)
    return corrected


def probability_not_better(gains: np.ndarray) -> float:
    """Give the probability that a method which looks better is not.

    Parameters
    ----------
    gains : ndarray, (n,)
        By how much it is better on each case.

    Returns
    -------
    float
        ``P(A <= B)`` by Student's t with n - 1 degrees of freedom on the paired
        differences (arXiv 2505.04720); NaN for fewer than two cases, and 0.5, 0 or 1
        where every case differs by the same.
    """
    gains = np.asarray(gains, dtype=float)
    if len(gains) < 2:
        return float("nan")
    mean, deviation = gains.mean(), gains.std(ddof=1)
    if deviation < 1e-12:
        return 0.5 if abs(mean) < 1e-12 else float(mean < 0)
    statistic = -np.sqrt(len(gains)) * mean / deviation
    return float(student.cdf(statistic, len(gains) - 1))
