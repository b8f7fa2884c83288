"""Read the published numbers under `config/published`, checked row by row."""

import contextlib
import csv
import io
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from sambench.errors import InputError, unknown_name
from sambench.settings.schema import load_schema
from sambench.settings.wording import explain

CONFIDENCE = ("seen", "secondary", "derived")
"""From the surest to the least sure."""

MARKS = {"seen": "", "secondary": "†", "derived": "‡"}
"""What tables print behind a number."""

_SD = "_sd_over_seeds"


Number = dict[str, Any]
"""A row of `config/published`, see `read_published`."""


def read_published(folders: Iterable[Path | str]) -> list[Number]:
    """Read every CSV file of folders such as `config/published`, the first of a name.

    A folder that is not there is passed over. An `InputError` names file and line of a
    row that breaks the schema.

    Returns
    -------
    list of dict
        The columns of `workflow/schemas/published.schema.yaml`, `value` in percent, and
        `sd`, the standard deviation over seeds; None for what is not published.
    """
    rules = load_schema("published")
    validator = Draft202012Validator(rules)
    rows: list[dict] = []
    read = set()
    for folder in folders:
        for path in sorted(Path(folder).glob("*.csv")):
            if path.name not in read:
                read.add(path.name)
                rows += _read_file(path, validator)
    numbers = [{key: row.get(key) for key in rules["properties"]} for row in rows]
    sds: dict[tuple, float] = {}
    for row in numbers:
        if row["metric"].endswith(_SD):
            of = row | {"metric": row["metric"].removesuffix(_SD)}
            sds.setdefault(_place(of), row["value"])
    return [
        row | {"sd": sds.get(_place(row))}
        for row in numbers
        if not row["metric"].endswith(_SD)
    ]


def _place(row: Number) -> tuple:
    keys = ("benchmark", "protocol", "method", "source", "target", "structure")
    return tuple(row[key] for key in (*keys, "paper", "table", "metric"))


def _read_file(path: Path, validator: Draft202012Validator) -> list[dict]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            where=path,
            found=f"text in another encoding ({error.reason})",
            expected="UTF-8",
            remedy="Save the file as UTF-8",
        ) from error
    lines = csv.DictReader(io.StringIO(text, newline=""))
    return [
        _checked(row, f"{path}, line {place}", validator)
        for place, row in enumerate(lines, start=2)
    ]


def _checked(row: Mapping, where: str, validator: Draft202012Validator) -> dict:
    record = {key: value for key, value in row.items() if value is not None}
    with contextlib.suppress(ValueError):
        value = float(record.get("value", ""))
        if math.isfinite(value):  # else the schema meets the text
            record["value"] = value
    error = next(iter(validator.iter_errors(record)), None)
    if error is not None:
        raise explain(error, where)
    return record


def check_published_names(
    numbers: Iterable[Number],
    benchmarks: Mapping[str, Mapping],
    protocols: Mapping[str, Mapping],
) -> None:
    """Refuse benchmarks and protocols that are compared with what is not published.

    Their keys `published_as` and `beside` are checked; the `InputError` has the names
    that have numbers.
    """
    for key, column, documents in (
        ("published_as", "benchmark", benchmarks),
        ("published_as", "protocol", protocols),
        ("beside", "protocol", protocols),
    ):
        valid = {number[column] for number in numbers}
        for name, document in documents.items():
            named = document.get(key) or []
            for each in [named] if isinstance(named, str) else named:
                if each not in valid:
                    place = f"{column} '{name}', key '{key}'"
                    raise unknown_name(place, f"published {column}", each, valid)
