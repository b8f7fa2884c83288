"""The layout of a data set that the configuration describes."""

import logging
import re
from collections import Counter
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from sambench.data.cases import Case, join_files
from sambench.data.datasets.dataset import Dataset
from sambench.data.file_names import list_files
from sambench.data.own.custom_dataset import custom_dataset
from sambench.data.own.pairs import Pair, find_pairs
from sambench.data.own.tables import column_of
from sambench.errors import InputError, count_of, listed_faults

logger = logging.getLogger(__name__)


def own_dataset(description: Mapping[str, Any]) -> Dataset:
    """Build a `Dataset` from the description of the user's data, see `describe`."""
    if description.get("layout"):
        return custom_dataset(description)
    return Dataset(
        id=description["dataset"],
        kind=description["kind"],
        labels=frozenset(description["labels"]),
        find_cases=partial(find_own_cases, description=description),
        canonical=any(
            s["orientation"] == "canonical" for s in description["sites"].values()
        ),
        channels=description["channels"],
        empty_masks=description["empty_masks"],
        read=partial(_read, description=description),
    )


def _read(case: Case, root: Path, description: Mapping[str, Any]) -> Any:
    """Read a case, see `read_own_pair`; planning has no need of what that imports."""
    from sambench.data.own.reading import read_own_pair

    return read_own_pair(case, root, description)


def find_own_cases(root: Path, description: Mapping[str, Any]) -> list[Case]:
    """List the cases of every site.

    Raises
    ------
    InputError
        If a pattern matches nothing, a case has two images or masks, or lacks one of
        them, or has no patient or split where these are asked for; all at once.
    """
    files = list(list_files(root))
    sides = column_of(description["split"], "split")
    split = {key: side.lower() for key, side in sides.items()}
    cases: list[Case] = []
    faults: list[str] = []
    for site, options in description["sites"].items():
        pairs, wrong = find_pairs(options, files, site)
        faults += wrong
        lacking = [pair.complaint() for pair in pairs if pair.missing]
        if description["unpaired"] == "stop":
            faults += lacking
        elif lacking:
            count = count_of(len(lacking), "file")
            logger.warning(f"{site}: {count} without a partner left out")
        pairs = [pair for pair in pairs if not pair.missing]
        cases += _site_cases(site, options, pairs, split, faults)
    if description["split"] and not faults:
        rows = f"in {description['split']}, whose first case is "
        rows += next((case for _, case in split), "none")
        faults += [
            f"{case.group}/{case.case}: found "
            + (f"'{case.split}'" if case.split else "no row")
            + f" {rows}, expected train or test"
            for case in cases
            if case.split not in ("train", "test")
        ]
    if faults:
        raise InputError(
            where=f"data set {description['dataset']} in {root}",
            found=listed_faults(faults),
            expected="an image and a mask for each case",
            remedy="Correct the patterns under 'data'; unpaired: leave_out goes "
            "without files that have no partner",
        )
    return sorted(cases, key=lambda case: (case.group, case.case))


def _site_cases(
    site: str,
    options: Mapping[str, Any],
    pairs: list[Pair],
    split: Mapping[tuple[str, str], str],
    faults: list[str],
) -> list[Case]:
    patients = column_of(options.get("patients"), "patient")
    cases = []
    for name, pair in zip(_names(pairs), pairs, strict=True):
        patient = f"{site}_{name}"
        if "patients" in options:
            patient = patients.get((site, name)) or patients.get(("", name), "")
        elif options["patient"] is not None:
            match = re.search(options["patient"], name)
            patient = match[1 if match.re.groups else 0] if match else ""
        elif "patient" in pair.fields:
            patient = pair.fields["patient"]
        if not patient:
            faults.append(
                f"{site}/{name}: found no patient, expected one by the key 'patient'"
            )
        cases.append(
            Case(
                case=name,
                group=site,
                patient=patient,
                split=split.get((site, name)) or split.get(("", name), ""),
                image=join_files(pair.images),
                mask=join_files(pair.masks),
                channel=options["channel"],
            )
        )
    return cases


def _names(pairs: list[Pair]) -> list[str]:
    """Name cases by `name`, by `patient`, or by both where names repeat."""
    fields = [pair.fields for pair in pairs]
    short = [values.get("name", values.get("patient", "")) for values in fields]
    if max(Counter(short).values(), default=1) == 1:
        return short
    return [
        f"{values.get('patient', '')}_{values.get('name', '')}" for values in fields
    ]
