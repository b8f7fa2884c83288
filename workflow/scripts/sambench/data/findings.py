"""What the checks of a data set found, as a table beside its inventory."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import pandas as pd

from sambench.atomic import atomic_path

_BETWEEN = "|"  # names of cases, which may hold spaces

#: How a check ended. What is an error stops the inventory and makes no table.
PASSED, WARNING, NOT_CHECKED = "passed", "warning", "not checked"


@dataclass(frozen=True)
class Finding:
    """The outcome of one check of a data set.

    Parameters
    ----------
    dataset : str
        Id of the data set.
    check : str
        What was checked, in words.
    expected, found : str
        In words.
    severity : str
        `PASSED`, `WARNING` or `NOT_CHECKED`.
    n_cases : int
        Number of cases that the check looked at.
    cases : tuple of str
        Names of the cases concerned by a warning; a missing case is named as well.
    """

    dataset: str
    check: str
    expected: str
    found: str
    severity: str
    n_cases: int = 0
    cases: tuple[str, ...] = ()


#: Columns of ``results/inventory/<dataset>.findings.csv``.
FINDING_COLUMNS = tuple(field.name for field in fields(Finding))


def write_findings(findings: Sequence[Finding], path: Path) -> None:
    """Write findings as CSV, warnings first, with the columns of `FINDING_COLUMNS`."""
    order = (WARNING, NOT_CHECKED, PASSED)
    ordered = sorted(findings, key=lambda finding: order.index(finding.severity))
    rows = [
        vars(finding) | {"cases": _BETWEEN.join(finding.cases)} for finding in ordered
    ]
    table = pd.DataFrame(rows, columns=list(FINDING_COLUMNS))
    with atomic_path(path) as temporary:
        table.to_csv(temporary, index=False)


def read_findings(path: Path) -> list[Finding]:
    """Read what `write_findings` wrote."""
    types = dict.fromkeys(FINDING_COLUMNS, str) | {"n_cases": int}
    table = pd.read_csv(path, keep_default_na=False, dtype=types)
    return [
        Finding(**row | {"cases": tuple(filter(None, row["cases"].split(_BETWEEN)))})
        for row in table.to_dict("records")
    ]
