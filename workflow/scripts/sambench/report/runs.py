"""The records and histories of trainings, as tables."""

import json
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

_KEYS = ["benchmark", "method", "source", "seed"]
_COLUMNS = [*_KEYS, "parameters", "trained_parameters", "seconds", "device"]


def identity(path: Path | str) -> dict:
    """Read benchmark, method, source and seed off the path of a file of a run."""
    benchmark, method, source, seed = Path(path).parts[-5:-1]
    return {
        "benchmark": benchmark,
        "method": method,
        "source": source,
        "seed": int(seed.removeprefix("seed")),
    }


def read_records(paths: Iterable[Path | str]) -> list[dict]:
    """Read `run.json` files, each with the identity of its run."""
    return [
        json.loads(Path(path).read_text(encoding="utf-8")) | identity(path)
        for path in paths
    ]


def read_runs(paths: Iterable[Path | str]) -> pd.DataFrame:
    """Tabulate `run.json` files: run, parameters, `seconds` of training, device."""
    records = read_records(paths)
    rows = [{key: record.get(key) for key in _COLUMNS} for record in records]
    return pd.DataFrame(rows, columns=_COLUMNS)


def read_histories(paths: Iterable[Path | str]) -> pd.DataFrame:
    """Join `history.csv` files: method, source, seed and the columns of the files."""
    parts = [pd.read_csv(path).assign(**identity(path)) for path in paths]
    columns = [*_KEYS, "epoch", "loss"]
    return pd.concat(parts) if parts else pd.DataFrame(columns=columns)
