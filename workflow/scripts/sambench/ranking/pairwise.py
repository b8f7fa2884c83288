"""Are two methods really different? Tests on enough cases that both were scored on."""

from itertools import combinations

import numpy as np
import pandas as pd
from scipy.special import stdtr

from sambench.errors import count_of
from sambench.metrics.names import lower_is_better
from sambench.tables.cells import select_rows
from sambench.tables.context import Context

FEWEST_CASES = 5
"""Below as many cases there is no interval, no share of draws and no test."""

COLUMNS = ["method", "other", "family", "n_cases", "difference"]
COLUMNS += ["p_wilcoxon", "p_holm", "p_not_better"]


def case_means(scores: pd.DataFrame, context: Context, metric: str) -> pd.DataFrame:
    """Average each case of each method over seeds, sources and structures.

    A case that is segmented by several trainings counts once, so that trainings are not
    taken for independent cases. Rows are targets and cases, sorted, columns methods.
    """
    rows = select_rows(scores, context.protocol, metric)
    keys = ["target", "case", "structure", "source", "method"]
    values = rows.groupby(keys)["value"].mean().unstack("method")
    return values.groupby(["target", "case"]).mean().sort_index()


def compare_pairs(cases: pd.DataFrame, metric: str, context: Context) -> pd.DataFrame:
    """Test pairs of methods with Wilcoxon's signed ranks, corrected after Holm.

    Pairs of competing methods with the same kind of prompt are one family of tests for
    each block; pairs with a control that a method has to beat are another, so that
    controls cost the competitors no power. Methods with different kinds of prompt are
    not tested against each other.

    Parameters
    ----------
    cases : DataFrame
        Result of `case_means`.

    Returns
    -------
    DataFrame
        `COLUMNS`, the better method of each pair first: `difference` of the means
        (better minus other, positive when better), two-sided `p_wilcoxon` and `p_holm`,
        and `p_not_better`, the probability that the better one is not better after all.
        All three are NaN for fewer than `FEWEST_CASES` cases.
    """
    sign = -1.0 if lower_is_better(metric) else 1.0
    records = []
    for first, second in combinations(cases.columns, 2):
        family = _family(context, first, second)
        if family is None:
            continue
        both = cases[[first, second]].dropna() * sign
        gain = both[first] - both[second]
        if gain.mean() < 0:
            first, second, gain = second, first, -gain
        tests = np.nan, np.nan, np.nan
        if len(gain) >= FEWEST_CASES:
            tests = signed_rank_p(gain), np.nan, probability_not_better(gain)
        records.append((first, second, family, len(gain), gain.mean(), *tests))
    pairs = pd.DataFrame.from_records(records, columns=COLUMNS)
    for _, family in pairs.dropna(subset="p_wilcoxon").groupby("family"):
        pairs.loc[family.index, "p_holm"] = holm(family["p_wilcoxon"].to_numpy())
    return pairs


def _family(context: Context, first: str, second: str) -> str | None:
    """Return the family of tests of a pair; None if the two are not compared."""
    for control, other in ((first, second), (second, first)):
        if context.is_control(control):
            return "with a control" if control in context.must_beat(other) else None
    block = context.block(first)
    return block if block == context.block(second) else None


def signed_rank_p(differences: np.ndarray) -> float:
    """Return the two-sided p of Wilcoxon's signed-rank test; 1 without differences."""
    differences = np.asarray(differences, dtype=float).round(9)
    if not differences.any():
        return 1.0
    from scipy.stats import wilcoxon  # half a second, which figures do not need

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
    """Return the probability that a method which looks better is not.

    From the gains `(n,)` on each case, ``P(A <= B)`` by Student's t with n - 1 degrees
    of freedom on the paired differences (arXiv 2505.04720); NaN for fewer than two
    cases, and 0.5, 0 or 1 if every case differs by the same.
    """
    gains = np.asarray(gains, dtype=float)
    if len(gains) < 2:
        return float("nan")
    mean, deviation = gains.mean(), gains.std(ddof=1)
    if deviation < 1e-12:
        return 0.5 if abs(mean) < 1e-12 else float(mean < 0)
    statistic = -np.sqrt(len(gains)) * mean / deviation
    return float(stdtr(len(gains) - 1, statistic))


def why_no_interval(rows: pd.DataFrame) -> str:
    """Return why the cases of `select_rows` cannot be resampled; "" if they can."""
    sizes = rows.groupby("target")["case"].nunique()
    total = int(sizes.sum())
    if total < FEWEST_CASES:
        found = count_of(total, "case")
        return f"{found}, and an interval needs at least {FEWEST_CASES}"
    if len(sizes) and sizes.max() == 1:
        return "every target has one case, so that nothing is known of how cases vary"
    return ""
