"""Write a table as CSV, Markdown, LaTeX, HTML and JSON."""

import json
import re
from dataclasses import asdict
from html import escape
from pathlib import Path
from string import Template

import pandas as pd
from pandas.io.formats.style import Styler

from sambench.atomic import atomic_path
from sambench.metrics.names import metric_label
from sambench.tables.context import SEEN, data_source_of, is_synthetic
from sambench.tables.printed_table import MISSING, PrintedTable

WIDE = 10
"""LaTeX tables with more columns than this are scaled to the width of the text."""

_NOTICE = (
    '<p class="notice">Synthetic data: the numbers show that the pipeline works and '
    "cannot be compared with published ones.</p>\n"
)


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
        with atomic_path(stem.with_name(stem.name + suffix)) as temporary:
            temporary.write_text(text, encoding="utf-8")


def _label(table: pd.DataFrame, printed: PrintedTable) -> str:
    """Return a label for LaTeX, so that several tables fit into one document."""
    kind = printed.view if printed.view in ("published", "matrix") else ""
    protocols = sorted(set(table["protocol"]))
    protocol = protocols[0] if len(protocols) == 1 else "protocols"
    parts = [table["benchmark"].iloc[0], protocol, table["metric"].iloc[0], kind]
    return "tab:" + "-".join(part for part in parts if part)


def to_json(printed: PrintedTable, table: pd.DataFrame) -> str:
    """Return a layout as JSON, with what it is of, for the page of the report."""
    protocols = sorted(set(table["protocol"]))
    about = {
        "benchmark": table["benchmark"].iloc[0],
        "protocol": protocols[0] if printed.view != "effect" else "",
        "metric": table["metric"].iloc[0],
        "metric_label": metric_label(table["metric"].iloc[0]),
    }
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
    named = [printed.groups] if printed.groups else []
    names = zip(*named, printed.methods, strict=True)
    for row, cells, marks in zip(names, printed.cells, printed.marks, strict=True):
        pairs = zip(cells, marks, strict=True)
        texts = [marked[mark].format(plain(cell)) for cell, mark in pairs]
        lines.append(line([*map(plain, row), *texts]))
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
    css = ("textbf:--rwrap;", "underline:--rwrap;", "textit:--rwrap;")
    styler = _style(printed, css, "latex")
    latex = styler.to_latex(
        hrules=True,
        column_format=("ll" if printed.groups else "l") + "r" * len(printed.header),
        multicol_align="c",
        position="tbp",
        position_float="centering",
        caption=plain_latex(f"{printed.title}. {printed.caption}"),
        label=label.replace("_", "-"),
    )
    for character, command in _SYMBOLS.items():
        latex = latex.replace(character, command)
    latex = _rules_between_blocks(latex, printed)
    if len(printed.header) > WIDE:
        latex = latex.replace(
            r"\begin{tabular}", "\\resizebox{\\textwidth}{!}{%\n\\begin{tabular}"
        ).replace("\\end{tabular}\n", "\\end{tabular}}\n")
    return latex


def to_html(printed: PrintedTable, *, synthetic: bool) -> str:
    """Return a table as a page that needs no other file."""
    css = ("font-weight: bold", "text-decoration: underline", "color: #767676")
    styler = _style(printed, css, "html")
    # A fixed id and no ids of cells: the same table gives the same bytes.
    html = styler.set_uuid("table").to_html(doctype_html=False)
    head, body = html.split("<tbody>")
    first, *rows = body.split("<tr>")
    for index in block_starts(printed):
        rows[index] = f'<tr class="block">{rows[index]}'
    html = f"{head}<tbody>{first}" + "".join(
        row if row.startswith("<tr") else f"<tr>{row}" for row in rows
    )
    page = Path(__file__).with_name("page.html").read_text(encoding="utf-8")
    return Template(page).substitute(
        title=escape(printed.title),
        caption=escape(printed.caption),
        notice=_NOTICE if synthetic else "",
        table=html,
    )


def _style(printed: PrintedTable, css: tuple[str, str, str], escaped: str) -> Styler:
    """Return the cells as a Styler; marks are styles: best, second and grey."""
    single = not any(top for top, _ in printed.header)
    header = [name for _, name in printed.header] if single else printed.header
    columns = pd.Index(header) if single else pd.MultiIndex.from_tuples(header)
    index = pd.Index(printed.methods)
    if printed.groups:
        index = pd.MultiIndex.from_arrays([printed.groups, printed.methods])
    frame = pd.DataFrame(printed.cells, index=index, columns=columns)
    marks = pd.DataFrame(printed.marks, index=frame.index, columns=columns)
    styles = marks.replace(dict(zip(("best", "second", "grey"), css, strict=True)))
    styler = Styler(frame, cell_ids=False).apply(lambda _: styles, axis=None)
    for axis in ("index", "columns"):
        styler = styler.format_index(escape=escaped, axis=axis)
    return styler.format(escape=escaped)


_SYMBOLS = {
    "±": r"$\pm$",
    MISSING: "--",
    SEEN: r"$\diamond$",
    "<": r"$<$",
    ">": r"$>$",
}
_LATEX = {
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
} | {character: f"\\{character}" for character in "&%$#_{}"}


def plain_latex(text: str) -> str:
    """Return a text in which LaTeX finds no command."""
    return "".join(_LATEX.get(character, character) for character in text)


def block_starts(printed: PrintedTable) -> list[int]:
    """List the rows, but for the first, with which another block begins."""
    pairs = zip(printed.blocks, printed.blocks[1:], strict=False)
    return [index for index, (old, new) in enumerate(pairs, start=1) if old != new]


def _rules_between_blocks(latex: str, printed: PrintedTable) -> str:
    lines = latex.split("\n")
    start = lines.index(r"\midrule") + 1
    if printed.groups:  # pandas draws rules between groups already
        return latex
    for index in reversed(block_starts(printed)):
        lines.insert(start + index, r"\midrule")
    return "\n".join(lines)
