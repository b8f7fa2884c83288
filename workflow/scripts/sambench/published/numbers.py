"""Read the published numbers under `config/published`, checked row by row."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd
from jsonschema import Draft202012Validator

from sambench.errors import InputError
from sambench.settings.schema import load_schema

CONFIDENCE = ("seen", "secondary", "derived")
"""From the surest to the least sure."""

MARKS = {"seen": "", "secondary": "†", "derived": "‡"}
"""What tables print behind a number."""

_SD = "_sd_over_seeds"


def read_published(folders: Iterable[Path | str]) -> pd.DataFrame:
    """Read every CSV file of some folders.

    Parameters
    ----------
    folders : iterable of Path or str
        Folders such as `config/published`; one that is not there is passed over, and a
        file of a name that came before is, too.

    Returns
    -------
    DataFrame
        The columns of `workflow/schemas/published.schema.yaml`, `value` in percent, and
        `sd`, the standard deviation over seeds where it is published.

    Raises
    ------
    InputError
        A row breaks the schema: the file and the line are named.
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
    numbers = pd.DataFrame(rows, columns=list(rules["properties"]))
    keys = ["benchmark", "protocol", "method", "source", "target", "structure"]
    keys += ["paper", "table", "metric"]
    deviation = numbers["metric"].str.endswith(_SD)
    sds = numbers[deviation].assign(
        metric=lambda frame: frame["metric"].str.removesuffix(_SD)
    )
    sds = sds.drop_duplicates(keys).set_index(keys)["value"].rename("sd")
    return numbers[~deviation].join(sds, on=keys).reset_index(drop=True)


def _read_file(path: Path, validator: Draft202012Validator) -> list[dict]:
    rows = []
    with path.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            rows.append(_checked(row, f"{path}, line {len(rows) + 2}", validator))
    return rows


def _checked(row: Mapping, where: str, validator: Draft202012Validator) -> dict:
    record = {key: value for key, value in row.items() if value is not None}
    try:
        record["value"] = float(record.get("value", ""))
    except ValueError:
        record["value"] = record.get("value")
    error = next(iter(validator.iter_errors(record)), None)
    if error is not None:
        key = ".".join(map(str, error.absolute_path))
        raise InputError(
            where=f"{where}, column '{key}'" if key else where,
            found=error.message,
            expected="a row that keeps to workflow/schemas/published.schema.yaml",
            remedy="Correct the row; config/published/README.md describes the columns",
        )
    return record


def numbers_for(
    numbers: pd.DataFrame, benchmark: str, protocol: str, metric: str = "dice"
) -> pd.DataFrame:
    """Keep the numbers of one benchmark, protocol and metric, the surest of each cell.

    Parameters
    ----------
    numbers : DataFrame
        Result of `read_published`.
    benchmark, protocol : str
        Ids. Numbers under another protocol cannot be compared.
    metric : str
        As published, such as ``"dice"`` or ``"nsd_1"``.
    """
    chosen = numbers[
        (numbers["benchmark"] == benchmark)
        & (numbers["protocol"] == protocol)
        & (numbers["metric"] == metric)
    ]
    surest = chosen["confidence"].map(CONFIDENCE.index)
    chosen = chosen.iloc[surest.argsort(kind="stable")]
    keys = ["method", "source", "target", "structure"]
    return chosen.drop_duplicates(keys).reset_index(drop=True)
