"""Read lists of files that users write or edit in a spreadsheet."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from sambench.errors import InputError

_MEND = "Correct the row"
_SAVE = "Save the list again as CSV UTF-8"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def read_csv_list(path: Path, columns: Sequence[str] = ()) -> list[dict[str, str]]:
    """Read a list with a line of column names; blank rows are left out.

    Parameters
    ----------
    path : Path
        CSV file in UTF-8, with commas, semicolons or tabs between values.
    columns : sequence of str
        Columns that have to be there.

    Returns
    -------
    list of dict
        By column, without spaces around names and values.

    Raises
    ------
    InputError
        If the file is not UTF-8, lacks a column or has one twice, or a row has more or
        fewer values than there are columns.
    """
    text = _text(path)
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    stream = io.StringIO(text, newline="")
    try:
        lines = list(csv.reader(stream, delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise _fault(path, f"a line that is no CSV ({error})") from error
    numbered = [
        (number, [value.strip() for value in line])
        for number, line in enumerate(lines, start=1)
        if any(value.strip() for value in line)
    ]
    if not numbered:
        raise _fault(path, "no line", "a line of column names")
    _, names = numbered[0]
    while names and not names[-1]:
        names.pop()
    for name in columns:
        if name not in names:
            found = f"no column {name} among {', '.join(names)}"
            raise _fault(path, found, f"columns {', '.join(columns)}")
    if len(set(names)) < len(names):
        raise _fault(path, f"columns {', '.join(names)}", "each column once")
    return [_row(path, number, names, values) for number, values in numbered[1:]]


def _row(path: Path, number: int, names: list[str], values: list[str]) -> dict:
    wanted = f"{len(names)} values"
    extra = [value for value in values[len(names) :] if value]
    if extra:
        found = f"row {number} with a value more ('{extra[0]}')"
        raise _fault(path, found, wanted, _MEND)
    if missing := ", ".join(names[len(values) :]):
        raise _fault(path, f"row {number} without {missing}", wanted, _MEND)
    return dict(zip(names, values, strict=False))


def _text(path: Path) -> str:
    data = path.read_bytes()
    if data.startswith(_UTF16):
        raise _fault(path, "UTF-16 text", "UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise _fault(
            path,
            f"bytes in line {line} that are not UTF-8 (a Windows code page?)",
            "UTF-8",
        ) from error


def _fault(
    path: Path, found: str, expected: str = "a CSV file", remedy: str = _SAVE
) -> InputError:
    return InputError(where=path, found=found, expected=expected, remedy=remedy)
