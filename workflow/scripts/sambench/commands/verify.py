"""Compute every table and rank of a bundle again, and report what does not follow.

The exit status is 1 if a file was changed, is missing, or does not follow from the
scores. With --report a page of the tables and ranks is written, made of the scores.
"""

import argparse
import logging
import tempfile
from pathlib import Path

logger = logging.getLogger(__name__)


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="a bundle")
    parser.add_argument(
        "--report", type=Path, metavar="FILE", help="write a page, such as report.html"
    )


def run(arguments: argparse.Namespace) -> int:
    """Verify; return the exit status."""
    from sambench.atomic import atomic_path
    from sambench.bundle.page import page_of_bundle
    from sambench.bundle.verify import verify_bundle

    verdict = verify_bundle(arguments.folder)
    for finding in verdict.findings:
        logger.error(f"{finding.path}: {finding.reason}")
    wrong = len(verdict.findings)
    print(f"{verdict.checked} tables and ranks computed from the scores, {wrong} wrong")
    if arguments.report:
        with (
            tempfile.TemporaryDirectory() as work,
            atomic_path(arguments.report) as temporary,
        ):
            page = page_of_bundle(arguments.folder, Path(work))
            temporary.write_text(page, encoding="utf-8")
    return int(wrong > 0)
