"""Score predicted masks against labels: two files, or two folders of the same names.

Volumes (NIfTI, MetaImage, NRRD) are scored in 3D in mm, images (PNG, TIFF) in pixels. A
volume of one slice is measured as an image in mm: in 3D, all of it would be surface. A
label without a prediction counts as a miss. The rows can be written to a score file,
from which `table`, `rank` and `compare` go on.

Surfaces are the voxels at the border of a mask, each counted once (NSD as in MONAI,
HD95 and ASSD as in medpy: both directions pooled). Libraries that build surface
elements (surfels) and weigh them by area, such as DeepMind's surface-distance, give
other numbers for the same masks: NSD by up to 9 points, HD95 by up to 2.5 mm. Compare
numbers of one library only; in the pipeline the metric `nsd_surfel` is theirs.
"""

import argparse
from pathlib import Path

from sambench.commands import check_numbers
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
    """Score, and print one row per case; return the exit status."""
    from sambench.atomic import write_text
    from sambench.metrics.files import score_files
    from sambench.metrics.scores_file import write_scores

    structures = _structures(arguments.structure)
    _check(arguments)
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
    if arguments.out and arguments.out.suffix.lower() == ".csv":
        write_text(arguments.out, scores.to_csv(index=False))
    elif arguments.out:
        write_scores(arguments.out, scores)
    keys = ["case", "structure", "slices", "post_processing", "outcome"]
    wide = scores.set_index([*keys, "metric"])["value"].unstack("metric", sort=False)
    print(wide.reset_index().to_string(index=False, float_format="%.2f"))
    if arguments.out:
        print(f"Wrote {arguments.out}. Means of it: sambench table {arguments.out}")
    return 0


def _structures(texts: list[str]) -> dict[str, list[int]]:
    structures: dict[str, list[int]] = {}
    for text in texts:
        name, _, values = text.partition("=")
        name = name.strip()
        try:
            numbers = [int(value) for value in values.split(",")]
        except ValueError:
            numbers = []
        if not name or not numbers or not all(0 < value < 256 for value in numbers):
            raise InputError(
                where="--structure",
                found=f"'{text}'",
                expected="a name and label values from 1 to 255, such as disc=128,255",
                remedy="Correct the argument",
            )
        if name in structures:
            raise InputError(
                where="--structure",
                found=f"'{name}' twice",
                expected="each structure once, such as disc=128,255",
                remedy="List all values of a structure in one argument",
            )
        structures[name] = numbers
    return structures


def _check(arguments: argparse.Namespace) -> None:
    """Check what would only be noticed when all is scored."""
    out = arguments.out
    if out and out.suffix.lower() not in (".csv", ".parquet"):
        raise InputError(
            where="--out",
            found=f"'{out}'",
            expected="a name ending in .parquet or .csv",
            remedy="Correct the argument",
        )
    above = (1e-9, "three numbers above 0")
    check_numbers(arguments, tolerance=(0, "0 or more"), spacing=above)
