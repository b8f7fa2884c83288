"""The data sets that can be read, registered here by id.

One whose images and masks are found by their names is a function and a line in
`named_sets.SETS`; any other is one file with a `Dataset` named ``DATASET``.
"""

from collections.abc import Mapping
from typing import Any

from sambench.data.datasets import (
    abcs,
    acdc,
    amos22,
    hecktor,
    medsam_v0,
    mnms,
    msd,
    riga_plus,
    saml_prostate,
)
from sambench.data.datasets.dataset import Dataset
from sambench.data.datasets.named_sets import SETS
from sambench.errors import require_known

_FILES = (saml_prostate, riga_plus, acdc, amos22, msd, medsam_v0, mnms, abcs, hecktor)

#: Data sets by id.
DATASETS: dict[str, Dataset] = {
    dataset.id: dataset for dataset in (*(file.DATASET for file in _FILES), *SETS)
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
