"""Score files: one Parquet file for each run and target, checked on both ways."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from sambench.atomic import atomic_path
from sambench.errors import InputError, count_of
from sambench.metrics.measures import OUTCOMES

_NAMES = (
    *("benchmark", "method", "source", "target", "seed", "case", "structure"),
    *("selection", "grid", "slices", "post_processing"),
    *("metric", "unit", "value", "outcome", "data_source"),
)
_TYPES = {"seed": pa.int64(), "value": pa.float64()}
SCHEMA = pa.schema([(name, _TYPES.get(name, pa.string())) for name in _NAMES])
"""Columns of a score file; `value` is NaN if the metric does not apply."""

_ABOUT = ("method", "target", "case", "metric", "value", "unit", "outcome")
_ROUNDING = 1e-6


def write_scores(path: Path | str, scores: pd.DataFrame) -> None:
    """Write score rows as a Parquet file that appears whole or not at all.

    Columns may be in any order. An `InputError` if one is missing, unknown or of
    another type, or a text or seed is missing.
    """
    _check_names(path, list(scores.columns))
    scores = scores[SCHEMA.names]
    missing = [
        name for name in SCHEMA.names if name != "value" and scores[name].hasnans
    ]
    if missing:
        raise InputError(
            where=path,
            found=f"rows without {', '.join(missing)}",
            expected="a value in every column but 'value'",
            remedy="Fill the column before writing",
        )
    try:
        # from_pandas=False keeps NaN a number instead of turning it into a null.
        arrays = [
            pa.array(scores[field.name].to_numpy(), type=field.type, from_pandas=False)
            for field in SCHEMA
        ]
    except (pa.ArrowInvalid, pa.ArrowTypeError, TypeError) as error:
        raise InputError(
            where=path,
            found=f"a column of another type ({error})",
            expected=_describe_schema(),
            remedy="Convert the column before writing",
        ) from error
    table = pa.Table.from_arrays(arrays, schema=SCHEMA)
    with atomic_path(path) as temporary:
        pq.write_table(table, temporary)


def read_scores(path: Path | str) -> pd.DataFrame:
    """Read one file of `write_scores`, or the same columns as .csv.

    An `InputError` if it is absent, not Parquet or CSV, has other columns or types, or
    values that no measure can have.
    """
    return _read_table(path).to_pandas()


def read_many(paths: Iterable[Path | str]) -> pd.DataFrame:
    """Read score files, at least one, into one frame in their order."""
    tables = [_read_table(path) for path in paths]
    if not tables:
        raise InputError(
            where="score files",
            found="none",
            expected="at least one",
            remedy="Name at least one method, source and target in the configuration",
        )
    return pa.concat_tables(tables).to_pandas()


def _read_table(path: Path | str) -> pa.Table:
    if not Path(path).is_file():
        raise InputError(
            where=path,
            found="no such file",
            expected="a score file",
            remedy="Correct the path",
        )
    try:
        if Path(path).suffix == ".csv":
            return _checked(path, _read_csv(path))
        # ParquetFile, unlike read_table, does not take the folders of the path for
        # columns, and opens small files three times faster.
        with pq.ParquetFile(path) as file:
            table = file.read()
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(
            where=path,
            found=f"an unreadable file ({str(error).splitlines()[0]})",
            expected="a score file in Parquet format, or as .csv",
            remedy="Score the predictions again",
        ) from error
    return _checked(path, table)


def _read_csv(path: Path | str) -> pa.Table:
    """Read a CSV file with the types of `SCHEMA`; an empty value is NaN."""
    types = {field.name: field.type for field in SCHEMA}
    options = pyarrow.csv.ConvertOptions(column_types=types, strings_can_be_null=False)
    table = pyarrow.csv.read_csv(path, convert_options=options)
    if "value" not in table.schema.names:
        return table
    place = table.schema.names.index("value")
    return table.set_column(place, "value", table["value"].fill_null(float("nan")))


def _checked(path: Path | str, table: pa.Table) -> pa.Table:
    """Check the columns of a score file, and put them in order."""
    _check_names(path, table.schema.names)
    table = table.select(SCHEMA.names)
    wrong = [field.name for field in SCHEMA if table.schema.field(field.name) != field]
    if wrong:
        raise InputError(
            where=path,
            found=", ".join(f"{n}: {table.schema.field(n).type}" for n in wrong),
            expected=_describe_schema(),
            remedy="Write the file with sambench.metrics.scores_file.write_scores",
        )
    _check_values(path, table)
    return table


def _check_values(path: Path | str, table: pa.Table) -> None:
    """Refuse values that no measure can have, and outcomes that contradict them."""
    value = pc.fill_null(table["value"], float("nan"))  # as pandas writes NaN
    outcome, unit = table["outcome"], table["unit"]
    known, percent = pc.invert(pc.is_nan(value)), pc.equal(unit, "%")
    empty = pc.equal(outcome, "both_empty")
    failed = pc.is_in(outcome, pa.array(["missed", "false_positive"]))
    dice = pc.equal(table["metric"], "dice")
    for words, wrong in (
        ("an unknown outcome", pc.invert(pc.is_in(outcome, pa.array(OUTCOMES)))),
        ("an infinite value", pc.is_inf(value)),
        ("a value below 0", pc.less(value, 0)),
        ("a value above 100 %", pc.and_(percent, pc.greater(value, 100 + _ROUNDING))),
        ("a Dice in another unit than %", pc.and_not(dice, percent)),
        ("a value although label and prediction are empty", pc.and_(empty, known)),
        (
            "a failure whose Dice is above 0",
            pc.and_(failed, pc.and_(dice, pc.greater(value, 0))),
        ),
        (
            "a Dice that is not a number",
            pc.and_(dice, pc.and_not(pc.is_nan(value), empty)),
        ),
    ):
        rows = table.filter(wrong)
        if len(rows):
            first = rows.slice(0, 1).to_pylist()[0]
            about = ", ".join(f"{key} {first[key]}" for key in _ABOUT)
            raise InputError(
                where=path,
                found=f"{count_of(len(rows), 'row')} with {words} ({about})",
                expected="Dice and NSD from 0 to 100 %, distances of 0 or more, NaN if "
                f"they do not apply; outcomes {', '.join(OUTCOMES)}",
                remedy="Score the predictions again",
            )


def _check_names(path: Path | str, names: list[str]) -> None:
    absent = [name for name in SCHEMA.names if name not in names]
    extra = [name for name in names if name not in SCHEMA.names]
    if absent or extra:
        found = []
        if absent:
            found.append(f"no column {', '.join(absent)}")
        if extra:
            found.append(f"unknown column {', '.join(map(str, extra))}")
        raise InputError(
            where=path,
            found=" and ".join(found),
            expected=f"the columns {', '.join(SCHEMA.names)}",
            remedy="Write the file with sambench.metrics.scores_file.write_scores",
        )


def _describe_schema() -> str:
    return ", ".join(f"{field.name}: {field.type}" for field in SCHEMA)
