"""What is known of the published sets: counts, ids and sizes, to check originals by.

A subset of a published set is legitimate and a newer release may differ, so that these
are findings for the report and not errors, unless the user asks for complete sets.
"""

import logging
from collections.abc import Callable, Mapping

import pandas as pd

from sambench.errors import InputError

logger = logging.getLogger(__name__)

_SHOWN = 8


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


def published_findings(
    inventory: pd.DataFrame, expected: Mapping[str, int] | None = None
) -> list[str]:
    """Compare an original data set with what was published of it.

    Parameters
    ----------
    inventory : pd.DataFrame
        The whole inventory of one data set.
    expected : mapping or None
        ``cases`` and ``patients`` of the registry, where they are known.

    Returns
    -------
    list of str
        "found ..., expected ..."; empty where nothing differs or nothing is known.
    """
    dataset = inventory["dataset"].iloc[0]
    findings = []
    counts = {
        "cases": len(inventory.drop_duplicates(["group", "case"])),
        "patients": inventory["patient"].nunique(),
    }
    for what, number in (expected or {}).items():
        if counts[what] != number:
            findings.append(f"found {counts[what]} {what}, expected {number}")
    check = _CHECKS.get(dataset)
    return findings + (check(inventory) if check else [])


def check_published(
    inventory: pd.DataFrame,
    expected: Mapping[str, int] | None = None,
    complete: bool = False,
) -> list[str]:
    """Report findings in the log, or stop at them.

    Parameters
    ----------
    inventory : pd.DataFrame
        The whole inventory of one original data set.
    expected : mapping or None
        See `published_findings`.
    complete : bool
        Whether a difference is an error.

    Returns
    -------
    list of str
        The findings.

    Raises
    ------
    InputError
        If `complete` and something differs.
    """
    dataset = inventory["dataset"].iloc[0]
    findings = published_findings(inventory, expected)
    if findings and complete:
        raise InputError(
            where=f"data set {dataset}",
            found="another set than was published: " + "; ".join(findings),
            expected="all of its cases",
            remedy="Complete the data set, or allow incomplete ones",
        )
    for finding in findings:
        logger.warning(f"{dataset}: {finding} in the published set")
    return findings


def _check_saml(inventory: pd.DataFrame) -> list[str]:
    findings = []
    for site, expected in SAML_CASES.items():
        names = inventory.loc[inventory["group"] == site, "case"]
        found = set(names.str.removeprefix(f"{site}_"))
        if found != expected:
            missing, more = _few(expected - found), _few(found - expected)
            findings.append(
                f"found {len(found)} cases of {site} (missing {missing}, more {more}), "
                f"expected {len(expected)}"
            )
    return findings + _sizes(inventory, SAML_SIZE)


def _check_riga(inventory: pd.DataFrame) -> list[str]:
    findings = []
    counts = inventory.groupby(["group", "split"]).size()
    for domain, numbers in RIGA_COUNTS.items():
        for split, number in zip(("train", "test"), numbers, strict=True):
            found = int(counts.get((domain, split), 0))
            if found != number:
                what = f"photographs of {domain} for {split}"
                findings.append(f"found {found} {what}, expected {number}")
    return findings + _sizes(inventory, RIGA_SIZE)


def _sizes(inventory: pd.DataFrame, side: int) -> list[str]:
    other = (inventory["n_rows"] != side) | (inventory["n_columns"] != side)
    if not other.any():
        return []
    case = inventory["case"][other].iloc[0]
    return [
        f"found {other.sum()} cases, such as {case}, that are not of {side} x {side} "
        "pixels, expected none"
    ]


def _few(names: frozenset[str] | set[str]) -> str:
    shown = " ".join(sorted(names)[:_SHOWN]) or "none"
    more = len(names) - _SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


_CHECKS: dict[str, Callable[[pd.DataFrame], list[str]]] = {
    "saml_prostate": _check_saml,
    "riga_plus": _check_riga,
}
