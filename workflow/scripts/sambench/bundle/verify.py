"""Compute every table and rank of a bundle again, and compare."""

import io
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from sambench.bundle.recompute import recompute
from sambench.bundle.write import MANIFEST
from sambench.errors import InputError, count_of
from sambench.fetch.hashes import hash_of
from sambench.metrics.scores_file import read_scores
from sambench.report.documents import read_documents

TOLERANCE = 1e-6
"""By which numbers may differ: sums in another order, other versions of NumPy."""


@dataclass(frozen=True)
class Finding:
    """One file that does not follow from the scores."""

    path: str
    reason: str


@dataclass(frozen=True)
class Verdict:
    """The number of tables and ranks that were computed again, and what differs."""

    checked: int
    findings: list[Finding]


def verify_bundle(folder: Path) -> Verdict:
    """Check a bundle: its files are those of its list, and its tables follow.

    Raises
    ------
    InputError
        There is no list of files, or no readable scores or documents.
    """
    findings = _changed_files(folder)
    documents = read_documents(folder)
    scores = {
        name: read_scores(folder / "scores" / f"{name}.parquet")
        for name in documents.contexts
    }
    computed = dict(recompute(documents, scores))
    for path, table in computed.items():
        reason = _difference(folder / path, table)
        if reason:
            findings.append(Finding(path, reason))
    for pattern in ("tables/**/*.csv", "ranks/**/*.csv"):
        for path in sorted(folder.glob(pattern)):
            name = path.relative_to(folder).as_posix()
            if name not in computed:
                findings.append(Finding(name, "follows from no score of the bundle"))
    return Verdict(len(computed), findings)


def _changed_files(folder: Path) -> list[Finding]:
    path = folder / MANIFEST
    try:
        files = json.loads(path.read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError) as error:
        raise InputError(
            where=path,
            found=f"no list of files ({error})",
            expected="a folder that `sambench bundle` has written",
            remedy="Correct the path",
        ) from error
    findings = []
    for name, expected in files.items():
        if not (folder / name).is_file():
            findings.append(Finding(name, "is in the list of files, but not there"))
        elif hash_of(folder / name) != expected:
            findings.append(Finding(name, "was changed after the bundle was written"))
    return findings


def _difference(path: Path, table: pd.DataFrame) -> str:
    """Return how a file differs from what it has to hold; "" if it does not."""
    if not path.is_file():
        return "is missing, though it follows from the scores"
    # Both take the way through text, so that types agree.
    text = table.to_csv(index=False, lineterminator="\n")
    wanted = pd.read_csv(io.StringIO(text))
    try:
        found = pd.read_csv(path)
    except (ValueError, pd.errors.ParserError) as error:
        return f"cannot be read ({error})"
    if list(found.columns) != list(wanted.columns):
        return f"has the columns {', '.join(found.columns)}"
    if len(found) != len(wanted):
        rows = count_of(len(found), "row")
        return f"has {rows}, and {len(wanted)} follow from the scores"
    for column in wanted:
        one, other = found[column], wanted[column]
        numeric = [pd.api.types.is_numeric_dtype(part) for part in (one, other)]
        if all(numeric):
            equal = np.isclose(
                one.astype(float),
                other.astype(float),
                rtol=TOLERANCE,
                atol=TOLERANCE,
                equal_nan=True,
            )
        else:
            equal = (one.astype(str) == other.astype(str)).to_numpy()
        if not equal.all():
            row = int(np.flatnonzero(~equal)[0])
            return (
                f"row {row + 2}, column '{column}': {one.iloc[row]}, and "
                f"{other.iloc[row]} follows from the scores"
            )
    return ""
