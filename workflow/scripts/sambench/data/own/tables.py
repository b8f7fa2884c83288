"""Tables of a user's own: which patient a case is of, and on which side it is."""

from pathlib import Path

from sambench.data.csv_list import read_csv_list
from sambench.errors import InputError


def column_of(table: str | None, column: str) -> dict[tuple[str, str], str]:
    """Read one column of a table of cases; it is empty if there is no table.

    Returns
    -------
    dict
        ``(site, case)`` to the text there; the site is "" if the table has none.

    Raises
    ------
    InputError
        If the file or a column is missing, or a case is listed twice.
    """
    if table is None:
        return {}
    path = Path(table)
    if not path.is_file():
        raise _fault(path, "no such file", "a CSV file")
    rows = [{k.lower(): v for k, v in row.items()} for row in read_csv_list(path)]
    names = list(rows[0]) if rows else []
    lacking = [name for name in ("case", column) if name not in names]
    if lacking:
        raise _fault(path, f"columns {', '.join(names)}", f"a column {lacking[0]}")
    keys = [(row.get("site", ""), row["case"]) for row in rows]
    if len(set(keys)) < len(keys):
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _fault(path, f"case {twice[1]} twice", "each case once, or a column site")
    return {key: row[column] for key, row in zip(keys, rows, strict=True)}


def _fault(path: Path, found: str, expected: str) -> InputError:
    return InputError(
        where=path, found=found, expected=expected, remedy="Correct the table"
    )
