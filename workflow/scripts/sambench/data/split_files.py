"""Splits as files, so that every run and every paper has the same sides.

Reads and writes ``config/splits/<benchmark>/<dataset>.csv``, a row per case: group,
case, patient, split (``train``, ``test``, ``all`` or ``validation``).
"""

from pathlib import Path

import pandas as pd

from sambench.atomic import atomic_path
from sambench.data.csv_list import read_csv_list
from sambench.data.splits import assign_splits
from sambench.errors import InputError

COLUMNS = ["group", "case", "patient", "split"]
SIDES = ("train", "test", "all", "validation")


def split_cases(
    inventory: pd.DataFrame,
    rule: dict,
    path: Path | None = None,
    listed: pd.DataFrame | None = None,
) -> pd.Series:
    """Assign cases to sides, by the committed file if there is one, or by the rule.

    Parameters
    ----------
    inventory : pd.DataFrame
        Cases of one data set.
    rule : dict
        See `sambench.data.splits.assign_splits`.
    listed : pd.DataFrame or None
        All cases of the set, from which the split is drawn, see
        `sambench.data.listing`; by default the inventory.

    Returns
    -------
    pd.Series
        Named ``split``, with the index of `inventory`.

    Raises
    ------
    InputError
        If the file does not list a case, or the rule cannot be applied.
    """
    every = inventory if listed is None else listed
    if path is None or not Path(path).is_file():
        sides = every.assign(split=assign_splits(every, rule))
    else:
        sides = read_split(path)
    sides = sides.set_index(["group", "case"])["split"]
    missing = every[~_keys(every).isin(sides.index)]
    if len(missing):
        raise InputError(
            where=path,
            found=f"no row for case {missing['case'].iloc[0]} of group "
            f"{missing['group'].iloc[0]} ({len(missing)} in all)",
            expected="every case of the data set",
            remedy="Add the rows, or delete the file to draw the split anew",
        )
    found = sides.reindex(_keys(inventory)).to_numpy()
    return pd.Series(found, index=inventory.index, name="split")


def _keys(cases: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(cases[["group", "case"]])


def write_split(inventory: pd.DataFrame, split: pd.Series, path: Path) -> None:
    """Write the split of the whole inventory of one data set."""
    table = inventory.assign(split=split)[COLUMNS].sort_values(["group", "case"])
    with atomic_path(path) as temporary:
        table.to_csv(temporary, index=False)


def read_split(path: Path) -> pd.DataFrame:
    """Read what `write_split` wrote: `COLUMNS` of text.

    Raises
    ------
    InputError
        If a column is missing, a side unknown, a case listed twice, or a patient on
        both sides.
    """
    try:
        table = pd.DataFrame(read_csv_list(path, COLUMNS), columns=COLUMNS, dtype=str)
    except OSError as error:
        columns = f"columns {', '.join(COLUMNS)}"
        raise _fault(path, f"no split ({error})", columns) from error
    blank = (table == "").any(axis=1)
    if blank.any():
        row = " ".join(table[blank].iloc[0]).strip()
        raise _fault(path, f"a row with an empty field ({row})", "a value in each")
    unknown = ~table["split"].isin(SIDES)
    if unknown.any():
        found = f"split '{table['split'][unknown].iloc[0]}'"
        raise _fault(path, found, f"one of {', '.join(SIDES)}")
    twice = table.duplicated(["group", "case"])
    if twice.any():
        found = f"case {table['case'][twice].iloc[0]} twice"
        raise _fault(path, found, "every case of a group once")
    both = table.groupby("patient")["split"].nunique() > 1
    if both.any():
        raise _fault(path, f"patient {both.idxmax()} on two sides", "one side for each")
    return table


def _fault(path: Path, found: str, expected: str) -> InputError:
    return InputError(
        where=path,
        found=found,
        expected=expected,
        remedy="Correct the file, or delete it to draw the split anew",
    )
