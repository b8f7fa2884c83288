"""The data sets that can be read: one small file each, registered here by id.

A new data set is one file with a `Dataset` named ``DATASET`` and its name in this list.
"""

from collections.abc import Mapping
from typing import Any

from sambench.data.datasets import (
    abcs,
    abdomenct1k,
    acdc,
    amos22,
    brats2021,
    covid19_ct_seg,
    hecktor,
    kits19,
    lits,
    medsam_v0,
    mnms,
    msd,
    nci_isbi,
    plethora,
    promise12,
    riga_plus,
    saml_prostate,
)
from sambench.data.datasets.dataset import Dataset
from sambench.errors import unknown_name

#: Data sets by id.
DATASETS: dict[str, Dataset] = {
    module.DATASET.id: module.DATASET
    for module in (
        saml_prostate,
        riga_plus,
        acdc,
        amos22,
        msd,
        medsam_v0,
        mnms,
        promise12,
        nci_isbi,
        brats2021,
        abcs,
        abdomenct1k,
        kits19,
        lits,
        covid19_ct_seg,
        plethora,
        hecktor,
    )
}


def find_dataset(dataset: str, description: Mapping[str, Any] | None = None) -> Dataset:
    """Return a data set by its id.

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
    if dataset not in DATASETS:
        raise unknown_name("data sets", "data set", dataset, DATASETS)
    return DATASETS[dataset]


__all__ = ["DATASETS", "Dataset", "find_dataset"]
