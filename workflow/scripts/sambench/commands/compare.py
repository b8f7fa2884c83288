"""Put existing scores beside the numbers published under the same protocol.

Prints Markdown, or writes OUT.csv, .md, .tex, .html and .json.
"""

import argparse
from dataclasses import replace
from pathlib import Path

from sambench.commands import add_scores, read_scores, show


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_scores(parser, required=True)
    parser.add_argument(
        "--published",
        type=Path,
        action="append",
        default=[],
        metavar="FOLDER",
        help="more published numbers, before those of config/published",
    )
    parser.add_argument("--out", type=Path, metavar="STEM", help="path without suffix")


def run(arguments: argparse.Namespace) -> int:
    """Compare; return the exit status."""
    from sambench.checkout import CONFIG
    from sambench.errors import InputError
    from sambench.published.comparison import compare
    from sambench.published.numbers import read_published
    from sambench.published.printed_table import lay_out_comparison
    from sambench.published.selection import PART_OF_GRID, published_id
    from sambench.settings.grid import sources_of, targets_of
    from sambench.settings.narrowing import narrow

    scores, context = read_scores(arguments)
    folders = [*arguments.published, Path("config/published"), CONFIG / "published"]
    ran = set(zip(scores["source"], scores["target"], strict=True))
    wanted = ran
    if "pairs" in context.benchmark:
        benchmark = narrow(context.benchmark, {})
        context = replace(context, benchmark=benchmark)
        wanted = {
            (source, target)
            for source in sources_of(benchmark)
            for target in targets_of(benchmark, source)
        }
    found = compare(
        scores,
        read_published(folders),
        context,
        arguments.metric,
        departure="" if wanted <= ran else PART_OF_GRID,
    )
    if found.cells.empty:
        raise InputError(
            where=f"published numbers of {published_id(context.benchmark)}",
            found=f"none under protocol '{arguments.protocol}'",
            expected="at least one",
            remedy="Name another protocol, or add rows with --published",
        )
    show(found.cells, lay_out_comparison(found, context), arguments.out)
    return 0
