"""Rank the methods of existing score files, and say how sure each rank is.

Prints Markdown, or writes ranks.csv, frequencies.csv and pairs.csv to a folder.
"""

import argparse
from pathlib import Path

from sambench.commands import add_scores, check_numbers, read_scores


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    add_scores(parser, default="strict", help="(strict)")
    parser.add_argument("--draws", type=int, default=1000, help="of the bootstrap")
    parser.add_argument("--seed", type=int, default=2026, help="of the bootstrap")
    parser.add_argument("--out", type=Path, metavar="FOLDER")


def run(arguments: argparse.Namespace) -> int:
    """Rank; return the exit status."""
    from sambench.atomic import write_text
    from sambench.ranking.printed_tables import lay_out_pairs, lay_out_ranks
    from sambench.ranking.report import rank_methods
    from sambench.tables.render import to_markdown

    check_numbers(arguments, draws=(1, "at least 1"), seed=(0, "0 or more"))
    scores, context = read_scores(arguments)
    options = {"draws": arguments.draws, "seed": arguments.seed}
    ranking = rank_methods(scores, context, arguments.metric, **options)
    if arguments.out:
        for name in ("ranks", "frequencies", "pairs"):
            text = getattr(ranking, name).to_csv(index=False, lineterminator="\n")
            write_text(arguments.out / f"{name}.csv", text)
        return 0
    print(to_markdown(lay_out_ranks(ranking, context, arguments.metric)))
    print(to_markdown(lay_out_pairs(ranking, context)))
    return 0
