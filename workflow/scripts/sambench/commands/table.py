"""Make the table of one metric under one protocol from existing score files.

Prints Markdown, or writes OUT.csv, .md, .tex, .html and .json.
"""

import argparse
from pathlib import Path

from sambench.commands import add_scores, read_scores, show


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_scores(parser, default="strict", help="(strict)")
    parser.add_argument(
        "--matrix", action="store_true", help="every source against every target"
    )
    parser.add_argument("--out", type=Path, metavar="STEM", help="path without suffix")


def run(arguments: argparse.Namespace) -> int:
    """Make the table; return the exit status."""
    from sambench.tables.aggregate import build_table
    from sambench.tables.cells import select_rows, single_case_targets
    from sambench.tables.matrix import build_matrix, lay_out_matrix
    from sambench.tables.means import lay_out

    scores, context = read_scores(arguments)
    if arguments.matrix:
        table = build_matrix(scores, context, arguments.metric)
        printed = lay_out_matrix(table, context)
    else:
        table = build_table(scores, context, arguments.metric)
        rows = select_rows(scores, context.protocol, arguments.metric)
        printed = lay_out(table, context, single_case_targets(rows))
    show(table, printed, arguments.out)
    return 0
