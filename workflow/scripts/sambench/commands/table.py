"""Make the table of one metric under one protocol from existing score files.

Prints Markdown, or writes OUT.csv, .md, .tex and .html.
"""

import argparse
from pathlib import Path


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "scores", type=Path, nargs="+", help="score files, or folders of them"
    )
    parser.add_argument("--protocol", default="strict", help="(strict)")
    parser.add_argument("--metric", default="dice", help="such as nsd_2mm (dice)")
    parser.add_argument("--benchmark", help="where the files have several")
    parser.add_argument(
        "--matrix", action="store_true", help="every source against every target"
    )
    parser.add_argument("--out", type=Path, metavar="STEM", help="path without suffix")


def run(arguments: argparse.Namespace) -> int:
    """Make the table; return the exit status."""
    from sambench.tables.aggregate import build_table
    from sambench.tables.layout import lay_out
    from sambench.tables.matrix import build_matrix, lay_out_matrix
    from sambench.tables.render import to_markdown, write_table
    from sambench.tables.request import load_request

    asked = load_request(arguments.scores, arguments.protocol, arguments.benchmark)
    build, arrange = build_table, lay_out
    if arguments.matrix:
        build, arrange = build_matrix, lay_out_matrix
    table = build(asked.scores, asked.protocol, asked.benchmark, arguments.metric)
    layout = arrange(table, asked.protocol, asked.benchmark, asked.methods)
    if arguments.out:
        write_table(table, layout, arguments.out)
    else:
        print(to_markdown(layout))
    return 0
