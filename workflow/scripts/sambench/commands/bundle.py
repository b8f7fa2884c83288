"""Write the results of a run as one folder without images, which others can verify.

It holds scores, tables, ranks, records of trainings, the configuration and the splits;
no image, mask or weights. With --merge, bundles of several labs become one.
"""

import argparse
import logging
from pathlib import Path

logger = logging.getLogger(__name__)


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument(
        "results",
        type=Path,
        nargs="*",
        default=[Path("results")],
        metavar="FOLDER",
        help="what the pipeline wrote (results), or bundles to merge",
    )
    parser.add_argument("--merge", action="store_true", help="merge bundles into one")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")


def run(arguments: argparse.Namespace) -> int:
    """Write the bundle; return the exit status."""
    from sambench.bundle.merge import merge_bundles
    from sambench.bundle.write import write_bundle
    from sambench.errors import InputError, count_of

    if arguments.merge:
        merged = merge_bundles(arguments.results, arguments.out)
        counts = {name: len(c.methods) for name, c in merged.contexts.items()}
        words = (f"{name}: {count_of(n, 'method')}" for name, n in counts.items())
        text = ", ".join(words)
        logger.info(f"{arguments.out}: {text}")
        return 0
    if len(arguments.results) > 1:
        raise InputError(
            where="sambench bundle",
            found=f"{len(arguments.results)} folders",
            expected="one folder of results",
            remedy="Add --merge if they are bundles",
        )
    names = write_bundle(arguments.results[0], arguments.out)
    files = count_of(len(names), "file")
    logger.info(f"{arguments.out}: {files}; no image, mask or weights")
    return 0
