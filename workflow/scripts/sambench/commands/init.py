"""Look at a folder of images and masks, and write a configuration for it.

Finds which files are masks of which images by their names, takes folders for sites,
and looks at the numbers in masks. What it writes is a guess with comments on what to
check; nothing in the folder is changed.
"""

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

from sambench.errors import InputError, count_of, first_few

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sambench.data.own.guess.labels import SiteLabels

_SHOWN = 8


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("folder", type=Path, help="of images and masks")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="file to write (NAME OF THE FOLDER.yaml in the folder you run in)",
    )
    parser.add_argument("--force", action="store_true", help="replace the file")


def run(arguments: argparse.Namespace) -> int:
    """Look, write, and print what was found; return the exit status."""
    from sambench.atomic import write_text
    from sambench.data.file_names import list_files
    from sambench.data.own.guess.labels import look_at_labels
    from sambench.data.own.guess.pairs import guess_pairs
    from sambench.data.own.guess.written import write_guess

    folder = arguments.folder
    if not folder.is_dir():
        raise InputError(
            where=folder,
            found="no folder",
            expected="the folder of images and masks",
            remedy="Correct the path; unpack an archive first",
        )
    dataset = _id(folder.resolve().name)
    file = arguments.out or Path(f"{dataset}.yaml")
    if file.exists() and not arguments.force:
        raise InputError(
            where=file,
            found="a file",
            expected="a new name",
            remedy="Give another with --out, or replace it with --force",
        )
    guess = guess_pairs(list_files(folder))
    if not guess.sites:
        raise _nothing(folder, guess)
    labels = {site.name: look_at_labels(site, folder) for site in guess.sites}
    if not any(found.order for found in labels.values()):
        raise _no_structure(folder, labels)
    text = write_guess(dataset, folder.resolve(), guess, labels, file)
    write_text(file, text)
    for site in guess.sites:
        found = labels[site.name]
        values = " ".join(map(str, sorted(found.values)))
        print(
            f"{site.name}: {count_of(len(site.pairs), 'pair')}, such as "
            f"{site.pairs[0][0]} with {site.pairs[0][1]}; values {values}, "
            f"background {found.background}"
        )
        for fault in found.faults[:_SHOWN]:
            print(f"  could not read {fault}")
    if guess.unpaired:
        names = first_few(guess.unpaired, _SHOWN)
        print(f"{count_of(len(guess.unpaired), 'file')} without a partner: {names}")
    if guess.others:
        kinds = (f"{count} .{ending}" for ending, count in guess.others.items())
        print(f"not looked at: {', '.join(kinds)}")
    print(f"Wrote {file}. Look at its lines with CHECK, then:")
    print(f"  python -m sambench check {file}")
    print(f"  snakemake --cores all --configfile {file}")
    return 0


def _id(name: str) -> str:
    """Make an id of a folder's name that no known data set has."""
    from sambench.data.datasets import DATASETS
    from sambench.data.file_names import without_accents

    name = without_accents(name).lower()
    plain = re.sub(r"[^a-z0-9]+", "_", name).strip("_") or "my_data"
    return f"my_{plain}" if plain in DATASETS or not plain[0].isalpha() else plain


def _no_structure(folder: Path, labels: "Mapping[str, SiteLabels]") -> InputError:
    faults = [fault for found in labels.values() for fault in found.faults]
    read = sum(found.read for found in labels.values())
    masks = count_of(read, "mask")
    found = f"no structure in {masks}" if read else "no mask that can be read"
    remedies = [remedy for one in labels.values() for remedy in one.remedies]
    return InputError(
        where=folder,
        found=f"{found} ({first_few(faults, 3)})" if faults else found,
        expected="masks with two numbers or more, one of which is the background",
        remedy=remedies[0] if remedies else "Check which files are masks",
    )


def _nothing(folder: Path, guess) -> InputError:
    files = guess.unpaired
    kinds = ", ".join(f"{count} .{ending}" for ending, count in guess.others.items())
    if files:
        names = first_few(files, _SHOWN)
        images = count_of(len(files), "image")
        found = f"{images}, but no pair of image and mask ({names})"
        found += f"; not looked at: {kinds}" if kinds else ""
    else:
        found = f"no images ({kinds or 'an empty folder'})"
    return InputError(
        where=folder,
        found=found,
        expected="masks whose path differs from their image's by a word such as mask, "
        "label, seg, segmentation or gt",
        remedy="Rename them, or write the patterns by hand, as for folders of DICOM "
        "slices: docs/your_own_data.md",
    )
