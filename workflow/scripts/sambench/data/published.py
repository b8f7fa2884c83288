"""What is known of the published sets: counts, ids and sizes, to check originals by.

A subset of a published set is legitimate and a newer release may differ, so that these
are findings for the report and not errors, unless the user asks for complete sets.
"""

import logging
from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from sambench.data.findings import NOT_CHECKED, PASSED, WARNING, Finding
from sambench.errors import InputError, count_of, first_few

logger = logging.getLogger(__name__)


def _numbers(*parts: tuple[int, int]) -> frozenset[str]:
    return frozenset(
        f"Case{n:02d}" for first, last in parts for n in range(first, last)
    )


#: Cases of each site of SAML (``protocol.png`` of its page and DAPSAM's lists). UCL,
#: BIDMC and HK keep PROMISE12's numbers; its cases 13 to 25 are not in the set.
SAML_CASES = {
    "RUNMC": _numbers((0, 30)),
    "BMC": _numbers((0, 30)),
    "I2CVB": _numbers((0, 19)),
    "UCL": _numbers((1, 2), (26, 38)),
    "BIDMC": _numbers((0, 1), (2, 13)),
    "HK": _numbers((38, 50)),
}
SAML_SIZE = 384

#: Photographs of RIGA+ in the train and test list of each domain. The training counts
#: of MESSIDOR are the labelled totals less DAPSAM's rows.
RIGA_COUNTS = {
    "BinRushed": (156, 39),
    "Magrabia": (76, 19),
    "MESSIDOR_Base1": (138, 35),
    "MESSIDOR_Base2": (118, 30),
    "MESSIDOR_Base3": (106, 27),
}
RIGA_SIZE = 800
#: DAPSAM's lists take these domains as sources, in their training part, and the test
#: part of the others. CCSDG's and ProSFDA's take both parts, merged.
RIGA_SOURCES = ("BinRushed", "Magrabia")
#: Benchmark to the lists that a domain enters it by.
RIGA_LISTS: dict[str, Callable[[str], list[str]]] = {
    "riga": lambda domain: ["train" if domain in RIGA_SOURCES else "test"],
    "riga_full, riga_audit": lambda domain: ["train", "test"],
}
#: Photographs of each folder in the train lists (DAPSAM's rows).
RIGA_FOLDERS = {
    "BinRushed1": 43,
    "BinRushed2": 36,
    "BinRushed3": 33,
    "BinRushed4": 44,
    "MagrabiFemale": 38,
    "MagrabiaMale": 38,
}


def published_findings(
    inventory: pd.DataFrame,
    expected: Mapping[str, int] | None,
    listed: pd.DataFrame | None = None,
) -> list[Finding]:
    """Compare an original data set with what was published of it.

    Parameters
    ----------
    inventory : pd.DataFrame
        The inventory of one data set, or of the groups that are used.
    expected : mapping or None
        ``cases`` and ``patients`` of the registry, if they are known; None for
        synthetic data, which are not compared.
    listed : pd.DataFrame or None
        Every case of the set, see `sambench.data.listing`; the inventory if left out.
    """
    dataset = inventory["dataset"].iloc[0]
    listed = inventory if listed is None else listed
    count = len(listed)
    if expected is None:
        seen = (f"{count} synthetic cases", NOT_CHECKED, count)
        return [Finding(dataset, "published counts", "those of the original", *seen)]
    counts = {
        "cases": len(listed.drop_duplicates(["group", "case"])),
        "patients": listed["patient"].nunique(),
    }
    findings = [
        _counted(dataset, f"number of {what}", number, counts[what], count)
        for what, number in expected.items()
    ]
    findings += _CHECKS.get(dataset, lambda inventory, listed: [])(inventory, listed)
    if findings:
        return findings
    seen = (count_of(counts["cases"], "case"), NOT_CHECKED, count)
    return [Finding(dataset, "published counts", "not known", *seen)]


def report_warnings(findings: Sequence[Finding], complete: bool = False) -> None:
    """Report in the log what differs from the published set, or stop at it.

    Raises
    ------
    InputError
        If the set has to be `complete` and something differs.
    """
    differing = [finding for finding in findings if finding.severity == WARNING]
    words = [
        f"{finding.check}: found {finding.found}, expected {finding.expected}"
        for finding in differing
    ]
    if words and complete:
        raise InputError(
            where=f"data set {differing[0].dataset}",
            found="another set than was published: " + "; ".join(words),
            expected="all of its cases",
            remedy="Complete the data set, or allow incomplete ones "
            "(complete_sets: false)",
        )
    for finding, text in zip(differing, words, strict=True):
        logger.warning(f"{finding.dataset}: {text} in the published set")


def _check_saml(inventory: pd.DataFrame, listed: pd.DataFrame) -> list[Finding]:
    findings = []
    for site, expected in SAML_CASES.items():
        names = listed.loc[listed["group"] == site, "case"]
        found = set(names.str.removeprefix(f"{site}_"))
        missing, more = expected - found, found - expected
        words = [f"{len(found)}"]
        words += [f"missing {first_few(sorted(missing), 8, ' ')}"] if missing else []
        words += [f"unknown {first_few(sorted(more), 8, ' ')}"] if more else []
        about = (f"cases of {site}", f"{len(expected)}, by their ids", "; ".join(words))
        severity = WARNING if missing or more else PASSED
        cases = tuple(f"{site}_{name}" for name in sorted(missing | more))
        findings.append(Finding("saml_prostate", *about, severity, len(found), cases))
    return [*findings, _size(inventory, SAML_SIZE)]


def _check_riga(inventory: pd.DataFrame, listed: pd.DataFrame) -> list[Finding]:
    findings = []
    counts = listed.groupby(["group", "split"]).size()
    for benchmark, of_domain in RIGA_LISTS.items():
        for domain, numbers in RIGA_COUNTS.items():
            parts = of_domain(domain)
            expected = dict(zip(("train", "test"), numbers, strict=True))
            number = sum(expected[part] for part in parts)
            found = sum(int(counts.get((domain, part), 0)) for part in parts)
            check = f"photographs of {domain} in {benchmark} ({' + '.join(parts)})"
            findings.append(_counted("riga_plus", check, number, found, found))
    training = listed.loc[listed["split"] == "train", "case"]
    folders = training.str.rpartition("_")[0].value_counts()
    for folder, number in RIGA_FOLDERS.items():
        check = f"photographs of folder {folder} in the train list"
        found = int(folders.get(folder, 0))
        findings.append(_counted("riga_plus", check, number, found, found))
    return [*findings, _size(inventory, RIGA_SIZE)]


def _counted(dataset: str, check: str, number: int, found: int, n: int) -> Finding:
    severity = PASSED if found == number else WARNING
    return Finding(dataset, check, f"{number}", f"{found}", severity, n)


def _size(inventory: pd.DataFrame, side: int) -> Finding:
    other = (inventory["n_rows"] != side) | (inventory["n_columns"] != side)
    found = f"other sizes in {other.sum()} cases" if other.any() else "the same"
    about = (inventory["dataset"].iloc[0], "size in pixels", f"{side} x {side}", found)
    severity = WARNING if other.any() else PASSED
    return Finding(*about, severity, len(inventory), tuple(inventory["case"][other]))


_CHECKS: dict[str, Callable[[pd.DataFrame, pd.DataFrame], list[Finding]]] = {
    "saml_prostate": _check_saml,
    "riga_plus": _check_riga,
}
