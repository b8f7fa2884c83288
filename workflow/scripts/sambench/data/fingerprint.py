"""Recognise a download without a published hash by what others counted in its masks."""

from pathlib import Path

import pandas as pd

from sambench.data.findings import NOT_CHECKED, PASSED, WARNING, Finding
from sambench.errors import InputError

_COLUMNS = ["group", "case", "foreground_voxels"]
#: Largest difference between counts of the same masks, as a part: independent counts of
#: 59 cases of the prostate set agree within 1.2 percent.
TOLERANCE = 0.02
#: Cases are compared on the grid on which they were counted, of so many pixels a side.
_SIDES = {"saml_prostate": 384}


def voxel_finding(inventory: pd.DataFrame, facts: Path) -> Finding:
    """Compare the labelled voxels of each case with those counted elsewhere.

    Returns
    -------
    Finding
        With the cases that differ by more than `TOLERANCE`.

    Raises
    ------
    InputError
        If the file lacks a column.
    """
    dataset = inventory["dataset"].iloc[0]
    try:
        known = pd.read_csv(facts)[_COLUMNS]
    except (OSError, ValueError, KeyError) as error:
        raise InputError(
            where=facts,
            found=f"no table of counts ({error})",
            expected=f"columns {', '.join(_COLUMNS)}",
            remedy="Correct the file, or remove it",
        ) from error
    side = _SIDES.get(dataset)
    same_grid = inventory[(inventory[["n_rows", "n_columns"]] == side).all(axis=1)]
    both = (inventory if side is None else same_grid).merge(
        known, on=["group", "case"], suffixes=("", "_known")
    )
    about = ("labelled voxels of each case", f"those counted elsewhere ({facts.name})")
    if both.empty:
        found = "no case that can be compared"
        return Finding(dataset, *about, found, NOT_CHECKED, len(inventory))
    count, expected = both["foreground_voxels"], both["foreground_voxels_known"]
    apart = (count - expected).abs() / expected
    other = both["case"][apart > TOLERANCE]
    words = [f"{(apart == 0).sum()} of {len(both)} equal"]
    words += [f"{len(other)} differ by more than {100 * TOLERANCE:g} %"] * bool(
        len(other)
    )
    words += [f"largest difference {100 * apart.max():.2g} %"]
    severity = WARNING if len(other) else PASSED
    return Finding(
        dataset, *about, "; ".join(words), severity, len(both), tuple(sorted(other))
    )
