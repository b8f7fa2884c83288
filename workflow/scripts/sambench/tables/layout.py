"""The rows, columns and words of a table for readers, apart from any file format."""

from dataclasses import dataclass, field

import pandas as pd

from sambench.metrics.names import is_distance, metric_label
from sambench.tables.aggregate import MEAN, OVERALL, competition_ranks

SYNTHETIC = "SYNTHETIC DATA"
"""Begins the title of every table with a row of synthetic data."""

MISSING = "\N{EN DASH}"
"""Stands for a value that is incomplete."""

_PROVENANCE = {
    "synthetic": "synthetic data",
    "original": "original data",
    "rebuilt": "rebuilt data",
}


@dataclass(frozen=True)
class Layout:
    """A table for readers.

    Attributes
    ----------
    title, caption : str
        What the table shows, and how to read it.
    header : list of tuple of (str, str)
        Structure above and source below, for each column; where columns are targets
        with several structures, target above and structure below. The upper one is ""
        where there is nothing to tell apart.
    methods : list of str
        Labels of the methods, one a row.
    cells : list of list of str
        Text of each cell, a list a row.
    marks : list of list of str
        ``"best"``, ``"second"``, ``"grey"`` or ``""`` for each cell.
    n_controls : int
        Number of rows at the end that are controls.
    groups : list of str
        What stands before the method in each row, such as its source; empty where there
        is nothing. Rows of one group follow each other.
    corner : tuple of str
        Heads of the columns of groups and of methods.
    rows, columns : list of dict
        What the cells of a row or column are about: some of method, source, target and
        structure, by id. Empty where that is not said.
    """

    title: str
    caption: str
    header: list[tuple[str, str]]
    methods: list[str]
    cells: list[list[str]]
    marks: list[list[str]]
    n_controls: int
    groups: list[str] = field(default_factory=list)
    corner: tuple[str, str] = ("", "Method")
    rows: list[dict] = field(default_factory=list)
    columns: list[dict] = field(default_factory=list)


def lay_out(
    table: pd.DataFrame, protocol: dict, benchmark: dict, methods: dict[str, dict]
) -> Layout:
    """Arrange a tidy table for readers.

    Methods come in the order of their rank, controls in a block of their own at the
    end. The rank counts all of them; best and second are marked among the methods that
    are not controls.

    Parameters
    ----------
    table : DataFrame
        Result of `sambench.tables.aggregate.build_table`.
    protocol, benchmark : dict
        Contents of the protocol and benchmark files.
    methods : dict of str to dict
        Recipes by method id; `label` and `control` are used.

    Returns
    -------
    Layout
        Values with two decimals, "±" the standard deviation over seeds if there are
        several, and an en dash for what is missing.
    """
    order = list(dict.fromkeys(table["method"]))
    order.sort(key=lambda method: is_control(methods, method))
    keys = list(dict.fromkeys(zip(table["structure"], table["column"], strict=True)))
    by_source = benchmark.get("table_columns", "source") == "source"
    structures = [name for name in dict.fromkeys(table["structure"]) if name != OVERALL]
    if len(structures) == 1 and (structures[0], MEAN) in keys:
        keys.remove((OVERALL, MEAN))  # the mean of the structure says the same
    per_column = table.groupby("column")["structure"].nunique().drop(MEAN)
    several = bool((per_column > 1).any())
    names = distinct({column: column_label(benchmark, column) for _, column in keys})
    labels = distinct({method: label_of(methods, method) for method in order})
    rows = {
        key: part.set_index("method")
        for key, part in table.groupby(["structure", "column"], sort=False)
    }
    header, columns, marks = [], [], []
    for structure, column in keys:
        part = rows[structure, column].reindex(order)
        if not several or structure == OVERALL:
            header.append(("", names[column]))
        elif by_source:
            header.append((structure, names[column]))
        else:
            header.append((names[column], structure))
        columns.append(
            [number(value, sd) for value, sd in part[["value", "sd"]].values]
        )
        marks.append(best_marks(part, methods, table["metric"].iloc[0]))
    overall = rows[OVERALL, MEAN].reindex(order)
    for name, texts in _summary(overall).items():
        header.append(("", name))
        columns.append(texts)
        marks.append([""] * len(order))
    return Layout(
        title=title_of(table, protocol, benchmark),
        caption=_caption(table, protocol, benchmark),
        header=header,
        methods=list(labels.values()),
        cells=[list(row) for row in zip(*columns, strict=True)],
        marks=[list(row) for row in zip(*marks, strict=True)],
        n_controls=sum(is_control(methods, method) for method in order),
        rows=[{"method": method} for method in order],
        columns=[_about(*key, "source" if by_source else "target") for key in keys]
        + [{}] * (len(header) - len(keys)),
    )


def _about(structure: str, column: str, role: str) -> dict:
    """Say what the scores of a column are of; a mean is of everything."""
    about = {} if structure == OVERALL else {"structure": structure}
    return about if column == MEAN else about | {role: column}


def is_control(methods: dict[str, dict], method: str) -> bool:
    """Say whether a method only checks the pipeline."""
    return bool(methods.get(method, {}).get("control", False))


def label_of(methods: dict[str, dict], method: str) -> str:
    """Give the words for a method, marked if it is a control."""
    label = str(methods.get(method, {}).get("label", method))
    return f"{label} (control)" if is_control(methods, method) else label


def column_label(benchmark: dict, column: str) -> str:
    """Give the words for a source, a target or the mean."""
    if column == MEAN:
        return "Mean"
    domain = benchmark.get("domains", {}).get(column, {})
    return str(domain.get("label", column))


def distinct(labels: dict[str, str]) -> dict[str, str]:
    """Add the id to labels that several ids share."""
    texts = list(labels.values())
    return {
        key: f"{text} [{key}]" if texts.count(text) > 1 else text
        for key, text in labels.items()
    }


def number(value: float, sd: float) -> str:
    """Give a value with two decimals, with its deviation over seeds if there is one."""
    if pd.isna(value):
        return MISSING
    return f"{value:.2f}" if pd.isna(sd) else f"{value:.2f} ± {sd:.2f}"


def best_marks(part: pd.DataFrame, methods: dict[str, dict], metric: str) -> list[str]:
    """Mark best and second best among the rows, by method, that are no controls."""
    values = part["value"].where([not is_control(methods, m) for m in part.index])
    # What reads as equal is marked as equal.
    ranks = competition_ranks(values.round(2), lower_is_better=is_distance(metric))
    return [{1.0: "best", 2.0: "second"}.get(rank, "") for rank in ranks]


def _summary(overall: pd.DataFrame) -> dict[str, list[str]]:
    """Give the columns that say how a method did as a whole."""
    ranks = [MISSING if pd.isna(rank) else f"{rank:.0f}" for rank in overall["rank"]]
    total = overall["n_scores"] + overall["n_not_applicable"]
    return {
        "Rank": ranks,
        "Seeds": [f"{n}" for n in overall["n_seeds"]],
        "Cases": [f"{n}" for n in overall["n_cases"]],
        "Failed": [
            f"{n}/{of}" for n, of in zip(overall["n_failures"], total, strict=True)
        ],
        "N/A": [f"{n}" for n in overall["n_not_applicable"]],
    }


def provenance(data_source: str) -> str:
    """Put the data source of a table into words."""
    parts = data_source.split("+")
    return " and ".join(_PROVENANCE.get(part, f"{part} data") for part in parts)


def is_synthetic(data_source: str) -> bool:
    """Say whether any row of a table is synthetic."""
    return "synthetic" in data_source.split("+")


def title_of(table: pd.DataFrame, protocol: dict, benchmark: dict) -> str:
    """Say benchmark, metric, protocol and data of a tidy table."""
    first = table.iloc[0]
    title = (
        f"{benchmark.get('label', first['benchmark'])}: "
        f"{metric_label(first['metric'])} ({first['unit']}), "
        f"protocol {protocol.get('label', protocol['id'])}"
    )
    if first["data_source"] != "synthetic":  # else the beginning says it
        title += f", {provenance(first['data_source'])}"
    return f"{SYNTHETIC}. {title}" if is_synthetic(first["data_source"]) else title


def _caption(table: pd.DataFrame, protocol: dict, benchmark: dict) -> str:
    first = table.iloc[0]
    by_source = benchmark.get("table_columns", "source") == "source"
    sentences = []
    if is_synthetic(first["data_source"]):
        sentences.append(
            "Numbers from synthetic data cannot be compared with published ones."
        )
    if protocol.get("description"):
        sentences.append(" ".join(str(protocol["description"]).split()))
    sentences.append(
        "Columns are sources, each averaged over its targets; Mean is over the columns."
        if by_source
        else "Columns are targets; Mean is over the columns."
    )
    sentences.append(
        "Lower is better." if is_distance(first["metric"]) else "Higher is better."
    )
    asked, had = protocol.get("seeds"), int(table["n_seeds"].max())
    if asked and had < asked:
        sentences.append(f"The protocol asks for {asked} seeds; these are {had}.")
    if (table["n_seeds"] > 1).any():
        sentences.append("± is the standard deviation over seeds.")
    sentences.append(
        "Rank is by the overall mean and counts the controls; bold and underlined are "
        "the best and second best of the methods that are not controls. "
        "Cases counts distinct cases. Failed counts structures missed or found where "
        "there are none, of all scored (case, structure, source and seed); N/A counts "
        "those where label and prediction are both empty, which no mean contains."
    )
    if table["value"].isna().any():
        sentences.append(f"{MISSING} marks incomplete results, which are not ranked.")
    return " ".join(sentences)
