"""Reproduced and published numbers side by side, and whether their orders agree."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from sambench.published.numbers import Number
from sambench.published.selection import SHORTENED, published_numbers
from sambench.tables.aggregate import OVERALL, build_table
from sambench.tables.context import MEAN, Context, data_source_of, is_synthetic
from sambench.tables.matrix import build_matrix

_CELL = ["source", "target", "structure"]
_OF_ORIGIN = ["confidence", "paper", "table", "provenance"]


@dataclass(frozen=True)
class Comparison:
    """Numbers of one benchmark under one protocol against published ones.

    Attributes
    ----------
    cells : DataFrame
        A row per method that was run and published cell: method, source, target,
        structure, `reproduced` and its `sd` over `n_seeds`, `published` and its
        `published_sd`, `difference` (reproduced minus published, NaN unless they can be
        compared), confidence, paper, table, provenance, benchmark, protocol, metric,
        data_source.
    obstacle : str
        Why the numbers cannot be compared; "" if they can.
    agreement : dict
        `n_methods` that have both numbers, `kendall_tau_b` of their order, `top1` (the
        same best method) and `top3` (share of the three best that agree); None where
        they cannot be compared or there are too few methods.
    """

    cells: pd.DataFrame
    obstacle: str
    agreement: dict


def compare(
    scores: pd.DataFrame,
    numbers: Sequence[Number],
    context: Context,
    metric: str = "dice",
    *,
    departure: str = "",
) -> Comparison:
    """Put reproduced numbers beside those published under the same protocol.

    Parameters
    ----------
    scores, context, metric
        As for `sambench.tables.aggregate.build_table`.
    numbers : sequence of dict
        Result of `sambench.published.numbers.read_published`.
    departure : str
        What the run did otherwise than the publication, such as `PART_OF_GRID`; numbers
        are then shown side by side and not compared.
    """
    benchmark, protocol = context.benchmark, context.protocol
    chosen, otherwise = published_numbers(numbers, benchmark, protocol, metric)
    ours = reproduced(scores, context, metric)
    columns = ["method", *_CELL, "value", "sd", *_OF_ORIGIN]
    theirs = pd.DataFrame(chosen, columns=columns)
    theirs = _in_our_words(theirs.astype({"value": float, "sd": float}), ours)
    theirs = theirs.rename(columns={"value": "published", "sd": "published_sd"})
    cells = theirs[_CELL].drop_duplicates()
    rows = ours[["method"]].drop_duplicates().merge(cells, how="cross")
    for numbers_of in (ours, theirs):
        rows = rows.merge(numbers_of, how="left", on=["method", *_CELL])
    source = data_source_of(scores)
    obstacle = "the data are synthetic" if is_synthetic(source) else departure
    obstacle = obstacle or (SHORTENED if context.shortened else otherwise)
    difference = rows["reproduced"] - rows["published"]
    rows["difference"] = float("nan") if obstacle else difference
    rows["benchmark"], rows["protocol"] = benchmark["id"], protocol["id"]
    rows["metric"], rows["data_source"] = metric, source
    return Comparison(rows, obstacle, agreement(rows, obstacle))


def reproduced(scores: pd.DataFrame, context: Context, metric: str) -> pd.DataFrame:
    """Return every cell a paper may print, in one form.

    Columns are method, source, target, structure, `reproduced`, `sd` over `n_seeds`.
    Means over sources, targets or structures are called ``"mean"``.
    """
    pairs = build_matrix(scores, context, metric)
    table = build_table(scores, context, metric)
    mean = table[table["column"] == MEAN]
    all_sources = "all" if set(pairs["source"]) == {"all"} else "mean"
    mean = mean.assign(
        source=all_sources,
        target="mean",
        structure=mean["structure"].replace({OVERALL: "mean"}),
    )
    pairs = pairs[~((pairs["target"] == MEAN) & (pairs["source"] == "all"))]
    every = pd.concat([pairs, mean], ignore_index=True)
    every = every.rename(columns={"value": "reproduced"})
    return every[["method", *_CELL, "reproduced", "sd", "n_seeds"]]


def _in_our_words(numbers: pd.DataFrame, ours: pd.DataFrame) -> pd.DataFrame:
    """Translate ``others``, and structures that are named as their task."""
    single = ours[~ours["target"].isin(["mean"])].groupby("target")["structure"]
    only = {target: names.iloc[0] for target, names in single if names.nunique() == 1}
    numbers = numbers.assign(target=numbers["target"].replace({"others": "mean"}))
    named = numbers["structure"] == numbers["target"]
    structures = numbers["target"].map(only).fillna(numbers["structure"])
    return numbers.assign(structure=numbers["structure"].mask(named, structures))


def agreement(cells: pd.DataFrame, obstacle: str) -> dict:
    """Compute how far reproduced and published order of the methods agree.

    Methods are ordered by their mean over the cells for which all of them have both
    numbers. Nothing is said if there is an obstacle.
    """
    none = {"n_methods": 0, "kendall_tau_b": None, "top1": None, "top3": None}
    both = cells.dropna(subset=["reproduced", "published"])
    if obstacle or both.empty:
        return none | {"n_methods": 0 if obstacle else both["method"].nunique()}
    count = both["method"].nunique()
    common = both.groupby(_CELL)["method"].transform("nunique") == count
    means = both[common].groupby("method")[["reproduced", "published"]].mean()
    if len(means) < 2:
        return none | {"n_methods": count}
    from scipy.stats import kendalltau  # half a second

    tau = kendalltau(means["reproduced"], means["published"], variant="b").statistic
    best = {
        name: list(means[name].sort_values(ascending=False).index) for name in means
    }
    top = min(3, len(means))
    shared = set(best["reproduced"][:top]) & set(best["published"][:top])
    return {
        "n_methods": len(means),
        "kendall_tau_b": None if pd.isna(tau) else round(float(tau), 4),
        "top1": best["reproduced"][0] == best["published"][0],
        "top3": round(len(shared) / top, 4),
    }
