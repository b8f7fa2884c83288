"""The cases behind every cell of every table, compact enough for a page."""

from collections.abc import Sequence

import pandas as pd

from sambench.tables.context import Context
from sambench.tables.protocol import policy, protocol_metrics, rows_under

KEYS = ("method", "source", "target", "structure", "case")


def compact_cases(scores: pd.DataFrame, contexts: Sequence[Context]) -> dict:
    """Return each case once, with a list of values for each policy and metric.

    Contexts are those of the benchmark under each of its protocols.

    Returns
    -------
    dict
        `names`: for each of `KEYS` its distinct values; `keys`: for each of `KEYS` a
        list of places in these, one per case; `values`: by policy and metric the
        means over seeds, rounded to two decimals (None: not applicable or missing);
        `failures`: by policy how many seeds missed the structure or found one that is
        not there; `seeds`: the number of seeds of each method.
    """
    cases = scores[list(KEYS)].drop_duplicates().sort_values(list(KEYS))
    index = pd.MultiIndex.from_frame(cases)
    names, keys = {}, {}
    for key in KEYS:
        codes, distinct = pd.factorize(cases[key], sort=True)
        names[key], keys[key] = distinct.tolist(), codes.tolist()
    values: dict[str, dict[str, list]] = {}
    failures: dict[str, list] = {}
    for context in contexts:
        name = policy(context.protocol)
        rows = rows_under(scores, context.protocol)
        for metric in protocol_metrics(context.protocol, context.benchmark):
            of_metric = rows[rows["metric"] == metric]
            groups = of_metric.groupby(list(KEYS))
            means = groups["value"].mean().reindex(index).round(2)
            plain = means.astype(object).where(means.notna(), None)
            values.setdefault(name, {})[metric] = plain.tolist()
            if name not in failures:
                failed = of_metric["outcome"].isin(["missed", "false_positive"])
                count = failed.groupby([of_metric[key] for key in KEYS]).sum()
                failures[name] = count.reindex(index, fill_value=0).astype(int).tolist()
    return {
        "names": names,
        "keys": keys,
        "values": values,
        "failures": failures,
        "seeds": scores.groupby("method")["seed"].nunique().to_dict(),
    }
