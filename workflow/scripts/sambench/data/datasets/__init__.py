"""The data sets that can be read, registered here by id.

One whose images and masks are found by their names is a function and a line in
`named_sets.SETS`, or in `folder_sets.SETS` if folders say more; any other is one file
with a `Dataset` named ``DATASET``.
"""

from collections.abc import Mapping
from typing import Any

from sambench.data.datasets import (
    abcs,
    folder_sets,
    mnms,
    named_sets,
    riga_plus,
)
from sambench.data.datasets.dataset import Dataset
from sambench.errors import require_known

_FILES = (riga_plus, mnms, abcs)

#: Data sets by id.
DATASETS: dict[str, Dataset] = {
    dataset.id: dataset
    for dataset in (
        *folder_sets.SETS,
        *(file.DATASET for file in _FILES),
        *named_sets.SETS,
    )
}


def find_dataset(dataset: str, description: Mapping[str, Any] | None = None) -> Dataset:
    """Return a data set by its id, or the one that the user describes.

    Parameters
    ----------
    dataset : str
        Its id.
    description : mapping or None
        Description of the user's data set, see `sambench.data.own`.

    Raises
    ------
    InputError
        If the data set is not registered; the valid ids are listed.
    """
    if description is not None:
        from sambench.data.own.dataset import own_dataset

        return own_dataset(description)
    require_known("data sets", "data set", [dataset], DATASETS)
    return DATASETS[dataset]


__all__ = ["DATASETS", "Dataset", "find_dataset"]
