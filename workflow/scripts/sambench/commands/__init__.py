"""The commands of ``python -m sambench``: one module each, found by name.

A command module has ``configure(parser)``, which adds its arguments and whose parser
takes the module's docstring as help, and ``run(arguments)``, which returns the exit
status.
"""

import argparse
from pathlib import Path


def add_scores(parser: argparse.ArgumentParser, **protocol: object) -> None:
    """Add the arguments of a command that reads score files; options of one of them."""
    parser.add_argument(
        "scores", type=Path, nargs="+", help="score files, or folders of them"
    )
    parser.add_argument("--protocol", **protocol)
    parser.add_argument("--metric", default="dice", help="such as nsd_2mm (dice)")
    parser.add_argument("--benchmark", help="one of those in the files")
