"""The data sets that can be read: one small file each, registered here by id.

A new data set is one file with a `Layout` named ``LAYOUT`` and its name in this list.
"""

from collections.abc import Mapping
from typing import Any

from sambench.data.layouts import (
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
from sambench.data.layouts.layout import Layout
from sambench.errors import unknown_name

#: Id of the data set to its layout.
LAYOUTS: dict[str, Layout] = {
    module.LAYOUT.dataset: module.LAYOUT
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


def find_layout(dataset: str, description: Mapping[str, Any] | None = None) -> Layout:
    """Return the layout of a data set.

    Parameters
    ----------
    dataset : str
        Its id.
    description : mapping or None
        Of a data set of the user's own, see `sambench.data.own`.

    Raises
    ------
    InputError
        If the data set is not registered; the valid ids are listed.
    """
    if description is not None:
        from sambench.data.own.layout import own_layout

        return own_layout(description)
    if dataset not in LAYOUTS:
        raise unknown_name("data sets", "data set", dataset, LAYOUTS)
    return LAYOUTS[dataset]


__all__ = ["LAYOUTS", "Layout", "find_layout"]
