"""Score files: one Parquet file for each run and target, checked on both ways."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from sambench.atomic import atomic_path
from sambench.errors import InputError

_NAMES = (
    *("benchmark", "method", "source", "target", "seed", "case", "structure"),
    *("selection", "grid", "slices", "post_processing"),
    *("metric", "unit", "value", "outcome", "data_source"),
)
_TYPES = {"seed": pa.int64(), "value": pa.float64()}
SCHEMA = pa.schema([(name, _TYPES.get(name, pa.string())) for name in _NAMES])
"""Columns of a score file; `value` is NaN if the metric does not apply."""


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

    An `InputError` if it is absent, not Parquet or CSV, or has other columns or types.
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
    return table


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
