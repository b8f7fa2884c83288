"""Reproduced and published numbers side by side, and whether their orders agree."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
from scipy.stats import kendalltau

from sambench.metrics.names import parse_nsd
from sambench.published.numbers import numbers_for
from sambench.tables.aggregate import OVERALL, build_table
from sambench.tables.context import MEAN, Context, data_source_of, is_synthetic
from sambench.tables.matrix import build_matrix

_CELL = ["source", "target", "structure"]


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


def published_name(metric: str) -> str:
    """Return the name of a metric in published files: ``nsd_1`` for any unit, form."""
    nsd = parse_nsd(metric)
    return f"nsd_{nsd.tolerance:g}" if nsd else metric


def published_id(benchmark: Mapping) -> str:
    """Return the benchmark id under which the numbers of a benchmark are published."""
    return benchmark.get("published_as") or benchmark["id"]


def published_numbers(
    numbers: pd.DataFrame, benchmark: Mapping, protocol: Mapping, metric: str
) -> tuple[pd.DataFrame, str]:
    """Select the published numbers that results can stand beside.

    Parameters
    ----------
    numbers : DataFrame
        Result of `sambench.published.numbers.read_published`.
    benchmark, protocol : mapping
        Contents of the files.
    metric : str
        As in score files.

    Returns
    -------
    rows : DataFrame
        Under the protocol or those that it is `published_as`; if there are none, under
        those that it stands `beside`.
    obstacle : str
        Why they cannot be compared, for the latter.
    """
    about = published_id(benchmark), published_name(metric)
    same = [protocol["id"], *protocol.get("published_as", ())]
    chosen = numbers_for(numbers, about[0], same, about[1])
    beside = protocol.get("beside", ())
    if len(chosen) or not beside:
        return chosen, ""
    chosen = numbers_for(numbers, about[0], beside, about[1])
    names = ", ".join(dict.fromkeys(chosen["protocol"]))
    return chosen, f"they were scored under another protocol ({names})"


SHORTENED = "training was shortened by the configuration"
PART_OF_GRID = "only a part of the sources and targets was run"
RESIZED = "the configuration sets another image size"
HELD_OUT = "a part of the source cases was held out of training"


def compare(
    scores: pd.DataFrame,
    numbers: pd.DataFrame,
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
    numbers : DataFrame
        Result of `sambench.published.numbers.read_published`.
    departure : str
        What the run did otherwise than the publication, such as `PART_OF_GRID`; numbers
        are then shown side by side and not compared.
    """
    benchmark, protocol = context.benchmark, context.protocol
    chosen, otherwise = published_numbers(numbers, benchmark, protocol, metric)
    ours = reproduced(scores, context, metric)
    theirs = _in_our_words(chosen, ours)
    methods = list(dict.fromkeys(ours["method"]))
    cells = theirs[_CELL].drop_duplicates()
    rows = pd.DataFrame({"method": methods}).merge(cells, how="cross")
    rows = rows.merge(ours, how="left", on=["method", *_CELL])
    theirs = theirs.rename(columns={"value": "published", "sd": "published_sd"})
    keep = ["published", "published_sd", "confidence", "paper", "table", "provenance"]
    rows = rows.merge(
        theirs[["method", *_CELL, *keep]], how="left", on=["method", *_CELL]
    )
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

    Returns
    -------
    DataFrame
        method, source, target, structure, `reproduced`, `sd` over `n_seeds`. Means over
        sources, targets or structures are called ``"mean"``.
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
    numbers.

    Parameters
    ----------
    cells : DataFrame
        As in `Comparison`.
    obstacle : str
        Nothing is said unless it is "".
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
