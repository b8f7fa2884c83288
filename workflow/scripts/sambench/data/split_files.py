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
    inventory: pd.DataFrame, rule: dict, path: Path | None = None
) -> pd.Series:
    """Assign cases to sides, by the committed file if there is one, or by the rule.

    Parameters
    ----------
    inventory : pd.DataFrame
        The whole inventory of one data set.
    rule : dict
        See `sambench.data.splits.assign_splits`.

    Returns
    -------
    pd.Series
        Named ``split``, with the index of `inventory`.

    Raises
    ------
    InputError
        If the file does not list a case, or the rule cannot be applied.
    """
    if path is None or not Path(path).is_file():
        return assign_splits(inventory, rule)
    listed = read_split(path).set_index(["group", "case"])["split"]
    keys = pd.MultiIndex.from_frame(inventory[["group", "case"]])
    missing = ~keys.isin(listed.index)
    if missing.any():
        raise InputError(
            where=path,
            found=f"no row for case {inventory['case'][missing].iloc[0]} of group "
            f"{inventory['group'][missing].iloc[0]} ({missing.sum()} in all)",
            expected="every case of the data set",
            remedy="Add the rows, or delete the file to draw the split anew",
        )
    sides = listed.reindex(keys).to_numpy()
    return pd.Series(sides, index=inventory.index, name="split")


def split_of(
    inventory: pd.DataFrame,
    listed: pd.DataFrame | None,
    rule: dict,
    path: Path | None,
) -> pd.Series:
    """Assign the cases of some groups to sides, as drawn from all cases of the set.

    `listed` are all of them, see `sambench.data.listing`; by default the inventory. See
    `split_cases` for the rest.
    """
    if listed is None:
        return split_cases(inventory, rule, path)
    sides = split_cases(listed, rule, path)
    keys = pd.MultiIndex.from_frame(listed[["group", "case"]])
    wanted = pd.MultiIndex.from_frame(inventory[["group", "case"]])
    found = pd.Series(sides.to_numpy(), index=keys).reindex(wanted).to_numpy()
    return pd.Series(found, index=inventory.index, name="split")


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
