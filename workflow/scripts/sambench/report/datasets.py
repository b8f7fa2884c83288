"""What the page shows of data sets: which serves what, what was checked, every case."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from sambench.data.findings import NOT_CHECKED, PASSED, WARNING, read_findings
from sambench.data.inventory import read_inventory
from sambench.errors import first_few

_CASE_COLUMNS = [
    "case", "group", "patient", "n_slices", "n_rows", "n_columns", "labels",
]  # fmt: skip


def lay_out_inventory(path: Path | str) -> dict:
    """Arrange one inventory: its groups, and every case with a part of the columns."""
    inventory = read_inventory(Path(path))
    return {
        "dataset": inventory["dataset"].iloc[0],
        "cases": len(inventory),
        "groups": _groups(inventory),
        "columns": _CASE_COLUMNS,
        "rows": inventory[_CASE_COLUMNS].astype(str).to_numpy().tolist(),
    }


def lay_out_findings(paths: Iterable[Path | str]) -> dict:
    """Arrange what the checks of all data sets found, warnings first.

    `rows`, and their number by severity, from files ``<dataset>.findings.csv``.
    """
    findings = [finding for path in paths for finding in read_findings(path)]
    order = (WARNING, NOT_CHECKED, PASSED)
    findings.sort(key=lambda finding: order.index(finding.severity))
    counts = {s: sum(found.severity == s for found in findings) for s in order}
    rows = [vars(found) | {"cases": first_few(found.cases, 8)} for found in findings]
    return {"rows": rows, "counts": counts}


def lay_out_offers(offers: Sequence[Mapping[str, str]]) -> dict:
    """Arrange which data set serves which domain of a benchmark.

    `rows` of `sambench.settings.availability.offers_of`, and the columns that say
    something in any of them.
    """
    headings = {
        "number": "No.",
        "domain": "Domain",
        "modality": "Modality",
        "dataset": "Data set",
        "group": "Group",
        "structures": "Structures and labels",
        "use": "Use",
        "origin": "Origin",
        "confidence": "Mapping",
    }
    shown = [name for name in headings if any(offer[name] for offer in offers)]
    return {
        "columns": [headings[name] for name in shown],
        "rows": [[offer[name] for name in shown] for offer in offers],
    }


def _groups(inventory: pd.DataFrame) -> list[list[str]]:
    """List groups with numbers of cases and patients, slices, size and spacing."""
    return [
        [
            str(group),
            str(len(part)),
            str(part["patient"].nunique()),
            _range(part["n_slices"], 0),
            f"{_range(part['n_rows'], 0)} x {_range(part['n_columns'], 0)}",
            _range(part["spacing_z"], 2),
            _range(part["spacing_y"], 2),
            _range(part["foreground_slices"], 0),
        ]
        for group, part in inventory.groupby("group", sort=False)
    ]


def _range(values: pd.Series, digits: int) -> str:
    values = values.dropna()
    if values.empty:
        return "-"
    low, high = f"{values.min():.{digits}f}", f"{values.max():.{digits}f}"
    return low if low == high else f"{low} to {high}"
