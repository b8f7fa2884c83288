"""Check the data sets that a configuration describes, and draw every case on a page.

Reads every image and mask of the key `data`, and writes a page with a thumbnail of each
case, the contours of its label on it, and what is wrong. Nothing is trained. The exit
status is 1 if anything has to be mended.
"""

import argparse
import logging
from collections import defaultdict
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from sambench.commands import check_numbers
from sambench.errors import InputError, first_few

if TYPE_CHECKING:
    from sambench.report.data_page import Checked

logger = logging.getLogger(__name__)

_SHOWN = 20


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of the command."""
    parser.add_argument("file", type=Path, help="a configuration with the key 'data'")
    parser.add_argument(
        "--page",
        type=Path,
        metavar="FILE",
        help="where the page is written (check.html in the folder you run in)",
        default=Path("check.html"),
    )
    parser.add_argument(
        "--limit", type=int, metavar="N", help="only the first N cases of each site"
    )


def run(arguments: argparse.Namespace) -> int:
    """Check, write the page, print the findings; return the exit status."""
    from sambench.atomic import write_text
    from sambench.report.data_page import render_check
    from sambench.settings.datasets import CONFIG_FOLDERS
    from sambench.settings.own_data import own_data
    from sambench.settings.schema import load_schema, validate_by
    from sambench.settings.settings import load_settings
    from sambench.settings.yaml_file import read_yaml

    check_numbers(arguments, limit=(1, "at least 1"))
    file = arguments.file
    config = read_yaml(file)
    rules = load_schema("config")["properties"]["data"]
    data = validate_by(config.get("data") or {}, rules, file, "data")
    described, _ = own_data(data, [file], str(file))
    if not described:
        raise InputError(
            where=file,
            found="no data set",
            expected="a key 'data'",
            remedy="Write one with: python -m sambench init FOLDER",
        )
    checked = [_checked(one, arguments.limit) for one in described.values()]
    write_text(arguments.page, render_check(file.name, checked))
    for one in checked:
        _report(one)
    print(f"Every case with its contours: {arguments.page}")
    faults = sum(len(one.all_faults()) for one in checked)
    load_settings(config, CONFIG_FOLDERS, str(file), [file])  # the rest of the file
    return 1 if faults else 0


def _checked(description: dict, limit: int | None) -> "Checked":
    from sambench.data.datasets import find_dataset
    from sambench.data.inspection import inspect_cases, notes_of
    from sambench.data.unused import unused_names
    from sambench.report.data_page import Checked

    name, root = description["dataset"], Path(description["folder"])
    structures = description["structures"]
    dataset = find_dataset(name, description)
    try:
        cases = dataset.find_cases(root)
    except InputError as error:
        return Checked(name, tuple(structures), faults=[str(error)])
    unused = unused_names(root, cases)
    if limit is not None:
        by_site = defaultdict(count)
        cases = [case for case in cases if next(by_site[case.group]) < limit]

    def progress(number: int) -> None:
        if number % 50 == 0:
            logger.info(f"{name}: {number} of {len(cases)} cases")

    looks = inspect_cases(cases, root, dataset, structures, progress)
    notes = notes_of(looks, root)
    if unused:
        notes.append(f"files that are in no case ({len(unused)}): {first_few(unused)}")
    return Checked(name, tuple(structures), looks, notes=notes)


def _report(checked: "Checked") -> None:
    from sambench.report.data_page import site_summary

    print(f"{checked.dataset}:")
    for site, looks in checked.sites().items():
        print(f"  {site}: {site_summary(looks)}")
    for note in checked.notes:
        print(f"  look at {note}")
    faults = checked.all_faults()
    doubts = [doubt for look in checked.looks for doubt in look.doubts]
    for word, sentences in (("FAULT", faults), ("look at", doubts)):
        for sentence in sentences[:_SHOWN]:
            print(f"  {word} {sentence}")
        if len(sentences) > _SHOWN:
            print(f"  and {len(sentences) - _SHOWN} more: {word}")
    if not faults and not doubts:
        print("  no fault found")
