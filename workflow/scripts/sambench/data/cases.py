"""A case, the unit of scoring, its files, and the columns of the inventory."""

from dataclasses import dataclass

_BETWEEN = "|"


@dataclass(frozen=True, order=True)
class Case:
    """One volume or one photograph with its label, as a data set lists it.

    Parameters
    ----------
    case : str
        Name, usable as a file name and unique within `group`, e.g. ``RUNMC_Case00``.
    group : str
        What domains select on: a site or a modality.
    patient : str
        What splits keep together; equal to `case` where nothing more is known.
    split : str
        ``train`` or ``test`` as published with the data set, or ``""``.
    image, mask : str
        Paths relative to the root of the data set, with forward slashes.
    channel : int or None
        Index in the last axis of a 4D image.
    """

    case: str
    group: str
    patient: str
    split: str
    image: str = ""
    mask: str = ""
    channel: int | None = None


def mask_files(mask: str) -> list[str]:
    """List the files of a case's mask, or of its image, as `join_files` wrote them."""
    return mask.split(_BETWEEN)


def join_files(paths: list[str]) -> str:
    """Write the paths of several files in the one field of a case."""
    return _BETWEEN.join(paths)


#: Columns of ``results/inventory/<dataset>.csv`` with their types in memory.
#: Spacing is in mm and NaN for photographs.
INVENTORY_COLUMNS = {
    "dataset": "str",
    "group": "str",
    "case": "str",
    "patient": "str",
    "split": "str",
    "image": "str",
    "mask": "str",
    "channel": "Int64",
    "kind": "str",
    "n_slices": "int64",
    "n_rows": "int64",
    "n_columns": "int64",
    "spacing_z": "float64",
    "spacing_y": "float64",
    "spacing_x": "float64",
    "labels": "str",
    "foreground_slices": "int64",
    "foreground_voxels": "int64",
}
