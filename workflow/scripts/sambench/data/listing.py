"""The cases of a data set as a table, without opening one."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from sambench.data.cases import Case
from sambench.data.datasets import Dataset

#: Columns of the inventory that are known without opening a file.
LISTED = ["dataset", "group", "case", "patient", "split", "image", "mask"]


def list_cases(
    root: Path, dataset: Dataset, options: dict | None = None
) -> pd.DataFrame:
    """List every case of a data set as `LISTED`, also of groups that are not used."""
    return table_of(dataset.find_cases(Path(root), **(options or {})), dataset)


def table_of(cases: Sequence[Case], dataset: Dataset) -> pd.DataFrame:
    """Return cases as `list_cases` does, sorted by group and case."""
    rows = [{"dataset": dataset.id, **vars(case)} for case in cases]
    table = pd.DataFrame(rows, columns=LISTED)
    return table.sort_values(["group", "case"], ignore_index=True)
