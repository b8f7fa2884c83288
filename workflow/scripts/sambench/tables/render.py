"""Write a table as CSV, Markdown, LaTeX, HTML and JSON."""

import json
import re
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from sambench.atomic import write_text
from sambench.metrics.names import metric_label
from sambench.tables.context import SEEN, data_source_of, is_synthetic
from sambench.tables.printed_table import MISSING, PrintedTable
from sambench.tables.templates import template

WIDE = 10
"""LaTeX tables with more columns than this are scaled to the width of the text."""


def write_table(table: pd.DataFrame, printed: PrintedTable, stem: Path | str) -> None:
    """Write a tidy table as `stem`.csv, its layout as .md, .tex, .html and .json."""
    stem = Path(stem)
    synthetic = is_synthetic(data_source_of(table))
    texts = {
        ".csv": table.to_csv(index=False, lineterminator="\n"),
        ".md": to_markdown(printed),
        ".tex": to_latex(printed, label=_label(table, printed)),
        ".html": to_html(printed, synthetic=synthetic),
        ".json": to_json(printed, table),
    }
    for suffix, text in texts.items():
        write_text(stem.with_name(stem.name + suffix), text)


def _about(table: pd.DataFrame, printed: PrintedTable) -> dict[str, str]:
    """Return what a table is of; it is of no protocol if it compares them."""
    about = table[["benchmark", "protocol", "metric"]].iloc[0].to_dict()
    return about | ({"protocol": ""} if printed.view == "effect" else {})


def _label(table: pd.DataFrame, printed: PrintedTable) -> str:
    """Return a label for LaTeX, so that several tables fit into one document."""
    about = _about(table, printed)
    kind = [printed.view] if printed.view in ("published", "matrix") else []
    protocol = about["protocol"] or "protocols"
    return "-".join([f"tab:{about['benchmark']}", protocol, about["metric"], *kind])


def to_json(printed: PrintedTable, table: pd.DataFrame) -> str:
    """Return a layout as JSON, with what it is of, for the page of the report."""
    about = _about(table, printed)
    about["metric_label"] = metric_label(about["metric"])
    return json.dumps(about | asdict(printed), ensure_ascii=False) + "\n"


def to_markdown(printed: PrintedTable) -> str:
    """Return a table as Markdown; the structure stands before the column."""

    def line(cells: list[str]) -> str:
        return "| " + " | ".join(cells) + " |"

    marked = {"best": "**{}**", "second": "<u>{}</u>", "grey": "*{}*", "": "{}"}
    plain = plain_markdown
    header = [plain(f"{top}: {name}" if top else name) for top, name in printed.header]
    heads = list(printed.corner) if printed.groups else [printed.corner[1]]
    lines = [
        line([*heads, *header]),
        "|" + ":---|" * len(heads) + "---:|" * len(header),
    ]
    for row in rows_of(printed):
        names = [plain(row.group), plain(row.method)][-len(heads) :]
        texts = [marked[mark].format(plain(text)) for text, mark in row.cells]
        lines.append(line([*names, *texts]))
    title, caption = plain(printed.title), plain(printed.caption)
    return f"**{title}**\n\n" + "\n".join(lines) + f"\n\n{caption}\n"


_MARKDOWN = re.compile(r"[\\|*`$~^]|<(?=[A-Za-z/!?])|(?<!\w)_|_(?!\w)")


def plain_markdown(text: str) -> str:
    """Return a text in which Markdown, HTML and mathematics find nothing to interpret.

    An underscore within a word is left as it is, since it means nothing there.
    """
    return _MARKDOWN.sub(r"\\\g<0>", text)


def to_latex(printed: PrintedTable, label: str) -> str:
    r"""Return a table as LaTeX; needs the packages booktabs, multirow and graphicx."""
    marked = {"best": r"\textbf{%s}", "second": r"\underline{%s}"}
    marked |= {"grey": r"\textit{%s}", "": "%s"}

    def line(*cells: str) -> str:
        return " & ".join(cells) + r" \\"

    def over(command: str, count: int, text: str) -> str:
        return command % (count, plain_latex(text)) if count > 1 else plain_latex(text)

    corner = [""] * (2 if printed.groups else 1)
    columns = len(printed.header)
    upper, lower = zip(*printed.header, strict=True)
    lines = []
    if any(upper):
        across = zip(spans(upper), upper, strict=True)
        names = [over(r"\multicolumn{%d}{c}{%s}", *pair) for pair in across if pair[0]]
        lines.append(line(*corner, *names))
    lines += [line(*corner, *map(plain_latex, lower)), r"\midrule"]
    for row in rows_of(printed):
        inside = printed.groups and not row.rows
        if row.rule:
            rule = rf"\cmidrule{{2-{2 + columns}}}" if inside else r"\midrule"
            lines.append(rule)
        group = row.group if row.rows else ""
        group = over(r"\multirow[c]{%d}{*}{%s}", row.rows, group)
        heads = [group, plain_latex(row.method)][-len(corner) :]
        cells = (marked[mark] % plain_latex(text) for text, mark in row.cells)
        lines.append(line(*heads, *cells))
    begin, end = "", ""
    if columns > WIDE:
        begin, end = "\\resizebox{\\textwidth}{!}{%\n", "}"
    return "\n".join(
        [
            r"\begin{table}[tbp]",
            r"\centering",
            rf"\caption{{{plain_latex(f'{printed.title}. {printed.caption}')}}}",
            rf"\label{{{label.replace('_', '-')}}}",
            rf"{begin}\begin{{tabular}}{{{'l' * len(corner)}{'r' * columns}}}",
            r"\toprule",
            *lines,
            r"\bottomrule",
            rf"\end{{tabular}}{end}",
            "\\end{table}\n",
        ]
    )


_LATEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "^": r"\textasciicircum{}",
        "~": r"\textasciitilde{}",
        "±": r"$\pm$",
        MISSING: "--",
        SEEN: r"$\diamond$",
        "<": r"$<$",
        ">": r"$>$",
    }
    | {character: f"\\{character}" for character in "&%$#_{}"}
)


def plain_latex(text: str) -> str:
    """Return a text in which LaTeX finds no command, with its words for symbols."""
    return text.translate(_LATEX)


def to_html(printed: PrintedTable, *, synthetic: bool) -> str:
    """Return a table as a page that needs no other file."""
    upper, lower = zip(*printed.header, strict=True)
    return template(Path(__file__).with_name("page.html.j2")).render(
        printed=printed,
        synthetic=synthetic,
        corner=printed.corner if printed.groups else printed.corner[1:],
        upper=list(zip(upper, spans(upper), strict=True)) if any(upper) else [],
        lower=lower,
        rows=rows_of(printed),
    )


class Row(NamedTuple):
    """A row of a table as it is written.

    Attributes
    ----------
    group, method : str
        What stands before the cells; the group is "" if there is none.
    rows : int
        Rows of the group that begins here; 0 if it began above or there is none.
    rule : bool
        Whether a rule stands above: another group or block begins.
    cells : list of tuple of (str, str)
        Text and mark of each.
    """

    group: str
    method: str
    rows: int
    rule: bool
    cells: list[tuple[str, str]]


def rows_of(printed: PrintedTable) -> Iterator[Row]:
    """Iterate over the rows of a table."""
    starts, size = block_starts(printed), len(printed.methods)
    groups, counts = printed.groups or [""] * size, spans(printed.groups) or [0] * size
    names = zip(groups, printed.methods, counts, strict=True)
    for index, (group, method, count) in enumerate(names):
        cells = zip(printed.cells[index], printed.marks[index], strict=True)
        yield Row(group, method, count, index in starts, list(cells))


def spans(labels: Sequence[Hashable]) -> list[int]:
    """Return how many equal labels begin at each place; 0 within them."""
    counts: list[int] = []
    for _, same in groupby(labels):
        count = len(list(same))
        counts += [count, *[0] * (count - 1)]
    return counts


def block_starts(printed: PrintedTable) -> list[int]:
    """List the rows, but for the first, with which another group or block begins."""
    none = [""] * len(printed.methods)
    pairs = zip(printed.groups or none, printed.blocks or none, strict=True)
    counts = spans(list(pairs))
    return [index for index, count in enumerate(counts) if count and index]
