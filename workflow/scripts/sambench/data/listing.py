"""The cases of a data set as a table, without opening one."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from sambench.data.cases import Case
from sambench.data.layouts import Layout

#: Columns of the inventory that are known without opening a file.
LISTED = ["dataset", "group", "case", "patient", "split", "image", "mask"]


def list_cases(root: Path, layout: Layout, options: dict | None = None) -> pd.DataFrame:
    """List every case of a data set, also of groups that are not used.

    Parameters
    ----------
    root : Path
        Folder of the data set.
    layout : Layout
        Of the data set.
    options : dict or None
        Of the layout.

    Returns
    -------
    pd.DataFrame
        With the columns `LISTED`, sorted by group and case.
    """
    return table_of(layout.find_cases(Path(root), **(options or {})), layout)


def table_of(cases: Sequence[Case], layout: Layout) -> pd.DataFrame:
    """Return cases as `list_cases` does.

    Parameters
    ----------
    cases : sequence of Case
        As the layout lists them.
    layout : Layout
        Of the data set.
    """
    rows = [
        (layout.dataset, c.group, c.case, c.patient, c.split, c.image, c.mask)
        for c in cases
    ]
    table = pd.DataFrame(rows, columns=LISTED)
    return table.sort_values(["group", "case"], ignore_index=True)
