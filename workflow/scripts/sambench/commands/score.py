"""Score predicted masks against labels: two files, or two folders of the same names.

Volumes (NIfTI, MetaImage) are scored in 3D in mm, images (PNG, TIFF) in 2D in pixels. A
label without a prediction counts as a miss. The rows can be written to a score file,
from which `table`, `rank` and `compare` go on.
"""

import argparse
from pathlib import Path

from sambench.errors import InputError


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("prediction", type=Path, help="a mask or a folder of masks")
    parser.add_argument("label", type=Path, help="the label or a folder of labels")
    parser.add_argument(
        "--structure",
        action="append",
        default=[],
        metavar="NAME=VALUES",
        help="label values of a structure, such as disc=128,255 (can be repeated; "
        "default: every value but 0 is one structure)",
    )
    parser.add_argument(
        "--tolerance", type=float, default=2.0, help="of the NSD, in mm or pixels (2)"
    )
    parser.add_argument(
        "--spacing",
        type=float,
        nargs=3,
        metavar=("Z", "Y", "X"),
        help="in mm, in place of the header's",
    )
    parser.add_argument(
        "--post-processing", nargs="+", default=["none"], metavar="NAME"
    )
    parser.add_argument("--benchmark", default="own", help="id to write (own)")
    parser.add_argument("--method", default="own", help="id to write (own)")
    parser.add_argument("--source", default="all", help="id to write (all)")
    parser.add_argument("--target", default="own", help="id to write (own)")
    parser.add_argument("--seed", type=int, default=1, help="to write (1)")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="write all rows as .parquet or .csv"
    )


def run(arguments: argparse.Namespace) -> int:
    """Score, and print a row a case; return the exit status."""
    from sambench.atomic import atomic_path
    from sambench.metrics.files import score_files
    from sambench.metrics.scores_file import write_scores

    structures = dict(_structure(text) for text in arguments.structure)
    keys = ("benchmark", "method", "source", "target", "seed")
    scores = score_files(
        arguments.prediction,
        arguments.label,
        structures or {"mask": []},
        {key: getattr(arguments, key) for key in keys},
        arguments.tolerance,
        spacing=arguments.spacing,
        post_processing=arguments.post_processing,
    )
    if arguments.out and arguments.out.suffix == ".csv":
        with atomic_path(arguments.out) as temporary:
            scores.to_csv(temporary, index=False)
    elif arguments.out:
        write_scores(arguments.out, scores)
    keys = ["case", "structure", "slices", "post_processing", "outcome"]
    wide = scores.set_index([*keys, "metric"])["value"].unstack("metric", sort=False)
    print(wide.reset_index().to_string(index=False, float_format="%.2f"))
    return 0


def _structure(text: str) -> tuple[str, list[int]]:
    name, _, values = text.partition("=")
    try:
        return name, [int(value) for value in values.split(",")]
    except ValueError:
        raise InputError(
            where="--structure",
            found=f"'{text}'",
            expected="a name and label values, such as disc=128,255",
            remedy="Correct the argument",
        ) from None
