"""Read the published numbers under `config/published`, checked row by row."""

import contextlib
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from sambench.data.csv_list import read_csv_list
from sambench.errors import unknown_name
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
                rows += [
                    _checked(row, f"{path}, line {line}", validator)
                    for line, row in enumerate(read_csv_list(path), start=2)
                ]
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


def _checked(row: Mapping, where: str, validator: Draft202012Validator) -> dict:
    record = dict(row)
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
