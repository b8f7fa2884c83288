"""Find images that are copies of each other: one may train while the other tests."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from sambench.data.cases import Case, mask_files
from sambench.data.data_version import read_record
from sambench.data.findings import WARNING, Finding
from sambench.errors import first_few

_SHOWN = 3


def copied_images(
    cases: Iterable[Case], contents: Mapping[str, str]
) -> list[list[str]]:
    """List the files of images with the same content, those of a content together.

    Parameters
    ----------
    contents : mapping
        Path below the root to the hash of its content; "" if it could not be read.
    """
    found: dict[str, list[str]] = {}
    for path in dict.fromkeys(mask_files(case.image)[0] for case in cases):
        if content := contents.get(path):
            found.setdefault(content, []).append(path)
    return [paths for paths in found.values() if len(paths) > 1]


def shared_images(cases: Iterable[Case]) -> list[list[str]]:
    """List images that are cases of several patients, each with its sites.

    So they are if the patterns of two sites match the same files.
    """
    found: dict[tuple[str, int | None], dict[str, str]] = {}
    for case in cases:
        path = mask_files(case.image)[0]
        sites = found.setdefault((path, case.channel), {})
        sites.setdefault(case.patient, f"{path} ({case.group})")
    return [list(sites.values()) for sites in found.values() if len(sites) > 1]


def copies_finding(
    dataset: str, cases: Iterable[Case], records: Iterable[Path]
) -> list[Finding]:
    """Make a warning of the copies among the files that the checks of groups saw."""
    contents = {}
    for record in map(read_record, records):
        if record is not None:
            contents |= {path: digest for path, (_, digest) in record.files.items()}
    cases = list(cases)
    copies = copied_images(cases, contents) + shared_images(cases)
    if not copies:
        return []
    named = {name for found in copies for name in found}
    paths = [(case, mask_files(case.image)[0]) for case in cases]
    names = tuple(c.case for c, p in paths if {p, f"{p} ({c.group})"} & named)
    shown = first_few([" = ".join(found) for found in copies], _SHOWN, "; ")
    expected = "each image once: copies leak from training into the test"
    return [Finding(dataset, "copies", expected, shown, WARNING, len(cases), names)]


def shared_patients(cases: Iterable[Case]) -> list[str]:
    """List patients of several sites: one may train while another tests."""
    sites: dict[str, set[str]] = {}
    for case in cases:
        sites.setdefault(case.patient, set()).add(case.group)
    return [patient for patient, groups in sites.items() if len(groups) > 1]


def patients_finding(dataset: str, cases: Iterable[Case]) -> list[Finding]:
    """Make a warning of the patients of the user's own data that are in several sites.

    Public sets list sequences and organs of one patient as groups, which is no fault.
    """
    cases = list(cases)
    shared = shared_patients(cases)
    if not shared:
        return []
    names = tuple(case.case for case in cases if case.patient in shared)
    expected = "each patient in one site, if one site trains and another tests"
    about = ("patients", expected, first_few(shared))
    return [Finding(dataset, *about, WARNING, len(cases), names)]
