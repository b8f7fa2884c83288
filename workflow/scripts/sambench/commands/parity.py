"""Compare our networks with what a reference implementation gave for given weights.

Prints the largest relative error of each output, feature and gradient of a fixture
(safetensors; sizes are read from its metadata). The exit status is 1 if one of them
exceeds what is allowed: 1e-5 for SAM's family, down to 1e-12 for CNN methods.
"""

import argparse
import logging
from pathlib import Path

logger = logging.getLogger(__name__)


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("file", metavar="FILE", type=Path, help="the fixture")


def run(arguments: argparse.Namespace) -> int:
    """Compare one fixture; return the exit status."""
    from sambench.parity.report import parity_report

    rows = parity_report(arguments.file)
    width = max(len(row.name) for row in rows)
    for row in rows:
        verdict = "" if row.equal else f"  DIFFERS (allowed {row.tolerance:g})"
        print(f"{row.name:{width}}  {row.error:.1e}{verdict}")
    different = sum(not row.equal for row in rows)
    print(f"{len(rows)} compared, {different} differ by more than is allowed")
    return int(different > 0)
