"""The commands of ``python -m sambench``: one module each, found by name.

A command module has ``configure(parser)``, which adds its arguments and whose parser
takes the module's docstring as help, and ``run(arguments)``, which returns the exit
status.
"""

import argparse
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from sambench.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from sambench.tables.context import Context
    from sambench.tables.printed_table import PrintedTable


def add_scores(parser: argparse.ArgumentParser, **protocol: object) -> None:
    """Add the arguments of a command that reads score files; options of one of them."""
    parser.add_argument(
        "scores", type=Path, nargs="+", help="score files, or folders of them"
    )
    parser.add_argument("--protocol", **protocol)
    parser.add_argument("--metric", default="dice", help="such as nsd_2mm (dice)")
    parser.add_argument("--benchmark", help="one of those in the files")


def check_numbers(arguments: argparse.Namespace, **least: tuple[float, str]) -> None:
    """Refuse numbers that are not finite, or less than the least of their argument.

    By the name of the argument: its least value, and what is expected in words.
    """
    for name, (least_value, expected) in least.items():
        given = getattr(arguments, name)
        values = given if isinstance(given, list) else [given]
        values = [value for value in values if value is not None]
        if not all(isfinite(value) and value >= least_value for value in values):
            raise InputError(
                where=f"--{name}",
                found=" ".join(f"{value:g}" for value in values),
                expected=expected,
                remedy="Correct the argument",
            )


def read_scores(arguments: argparse.Namespace) -> "tuple[pd.DataFrame, Context]":
    """Read the scores that `add_scores` asks for, and what they are of."""
    from sambench.tables.request import load_request

    wanted = arguments.scores, arguments.protocol, arguments.benchmark
    return load_request(*wanted)


def show(table: "pd.DataFrame", printed: "PrintedTable", out: Path | None) -> None:
    """Write a table in every format, or print it as Markdown if `out` is None."""
    from sambench.tables.render import to_markdown, write_table

    if out:
        write_table(table, printed, out)
    else:
        print(to_markdown(printed))
