"""Tables of a user's own: which patient a case is of, and on which side it is."""

from pathlib import Path

import pandas as pd

from sambench.errors import InputError


def column_of(path: Path, column: str) -> dict[tuple[str, str], str]:
    """Read one column of a table of cases.

    Parameters
    ----------
    path : Path
        CSV with the columns case, `column` and perhaps site, separated by commas,
        semicolons or tabs.
    column : str
        Name of the column.

    Returns
    -------
    dict
        ``(site, case)`` to the text there; the site is "" where the table has none.

    Raises
    ------
    InputError
        If the file or a column is missing, or a case is listed twice.
    """
    try:
        table = pd.read_csv(
            path,
            sep=None,
            engine="python",
            dtype=str,
            encoding="utf-8-sig",
            keep_default_na=False,
        )
    except (OSError, ValueError) as error:
        raise _fault(path, str(error), "a CSV file") from error
    table.columns = [name.strip().lower() for name in table.columns]
    lacking = [name for name in ("case", column) if name not in table.columns]
    if lacking:
        raise _fault(
            path, f"columns {', '.join(table.columns)}", f"a column {lacking[0]}"
        )
    sites = table["site"] if "site" in table.columns else [""] * len(table)
    keys = list(zip(sites, table["case"], strict=True))
    if len(set(keys)) < len(keys):
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _fault(path, f"case {twice[1]} twice", "each case once, or a column site")
    return dict(zip(keys, table[column].str.strip(), strict=True))


def _fault(path: Path, found: str, expected: str) -> InputError:
    return InputError(
        where=path, found=found, expected=expected, remedy="Correct the table"
    )
