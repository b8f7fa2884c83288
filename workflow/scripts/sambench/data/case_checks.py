"""The checks that every case of a data set has to pass before anything is trained.

Each is run on every case to which it applies, and listed with what it saw: one table,
`CASE_CHECKS`, serves both.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from sambench.data.cases import Case
from sambench.data.datasets import Dataset
from sambench.data.findings import PASSED, Finding
from sambench.data.geometry import difference
from sambench.data.pairs import CasePair
from sambench.errors import InputError, count_of


@dataclass(frozen=True)
class CaseCheck:
    """One check of every case.

    Parameters
    ----------
    name : str
        What is checked, in words.
    file : str
        ``image`` or ``mask``, in which a fault is.
    expected : str
        In words; ``{labels}`` and ``{polarity}`` are those of the data set.
    fault : callable
        ``fault(pair, dataset)`` returns "found ..., expected ..." or None.
    seen : str or callable
        What the cases that passed hold, or ``seen(inventory) -> str``.
    applies : callable
        ``applies(dataset) -> bool``.
    """

    name: str
    file: str
    expected: str
    fault: Callable[[CasePair, Dataset], str | None]
    seen: str | Callable[[pd.DataFrame], str]
    applies: Callable[[Dataset], bool] = lambda dataset: True


def case_faults(case: Case, pair: CasePair, dataset: Dataset) -> list[str]:
    """Run every check that applies on a case, and return what is wrong in sentences."""
    checks = (check for check in CASE_CHECKS if check.applies(dataset))
    faults = ((check.file, check.fault(pair, dataset)) for check in checks)
    return [f"{getattr(case, file)}: {fault}" for file, fault in faults if fault]


def reading_fault(error: InputError, root: Path) -> str:
    """Return what keeps a case from being read as `case_faults` returns faults."""
    path = Path(error.where)
    where = path.relative_to(root).as_posix() if path.is_relative_to(root) else path
    return f"{where}: found {error.found}, expected {error.expected}"


def passed_checks(inventory: pd.DataFrame, dataset: Dataset) -> list[Finding]:
    """List the checks that every case of an inventory has passed."""
    count, patients = len(inventory), inventory["patient"].nunique()
    known = {"labels": listed(sorted(dataset.labels)), "polarity": dataset.polarity}
    of_patients = f"{count_of(count, 'case')} of {count_of(patients, 'patient')}"
    rows = [
        ("pairs", "an image and a mask that can be read", count_of(count, "pair")),
        ("names of cases", "each once in its group", of_patients),
    ]
    for check in CASE_CHECKS:
        if check.applies(dataset):
            seen = check.seen if isinstance(check.seen, str) else check.seen(inventory)
            rows.append((check.name, check.expected.format(**known), seen))
    return [Finding(dataset.id, *row, PASSED, count) for row in rows]


def _shape(pair: CasePair, dataset: Dataset) -> str | None:
    if pair.plane == pair.mask.shape:
        return None
    return f"found shape {pair.mask.shape}, expected {pair.plane}"


def _geometry(pair: CasePair, dataset: Dataset) -> str | None:
    """Compare spacing and directions as stored; for origins see `case_doubts`."""
    # Of another shape, the mask is of another image: that alone is the message.
    if pair.affines is None or pair.plane != pair.mask.shape:
        return None
    image, mask = pair.affines
    found = difference(mask, image)
    return f"found {found} as in the image" if found else None


def _finite(pair: CasePair, dataset: Dataset) -> str | None:
    bad = pair.image.size - np.count_nonzero(np.isfinite(pair.image))
    return f"found {bad} voxels NaN or infinite, expected finite ones" if bad else None


def _contrast(pair: CasePair, dataset: Dataset) -> str | None:
    if pair.image.size and pair.image.min() != pair.image.max():
        return None
    return "found a constant image, expected contrast"


def _labels(pair: CasePair, dataset: Dataset) -> str | None:
    unknown = sorted(set(np.unique(pair.mask).tolist()) - dataset.labels)
    if not unknown:
        return None
    expected = listed(sorted(dataset.labels))
    return f"found label values {listed(unknown)}, expected only {expected}"


def _not_empty(pair: CasePair, dataset: Dataset) -> str | None:
    return None if pair.mask.any() else "found an empty mask, expected a structure"


def listed(values: Sequence[int]) -> str:
    """Return label values as text, separated by spaces."""
    return " ".join(str(value) for value in values)


def _sizes(inventory: pd.DataFrame) -> str:
    axes = ("slices", "rows", "columns")
    sizes = (_range(inventory[f"n_{axis}"], "d") for axis in axes)
    return " x ".join(sizes) + f" ({', '.join(axes)})"


def _spacing(inventory: pd.DataFrame) -> str:
    sizes = (_range(inventory[f"spacing_{axis}"], ".4g") for axis in "zyx")
    unknown = int(inventory["spacing_x"].isna().sum())
    rest = f" ({count_of(unknown, 'case')} of unknown spacing)" if unknown else ""
    if unknown == len(inventory):
        return "unknown spacing"
    return " x ".join(sizes) + f" mm{rest}"


def _values(inventory: pd.DataFrame) -> str:
    values = {int(value) for text in inventory["labels"] for value in text.split()}
    return listed(sorted(values))


def _range(values: pd.Series, form: str) -> str:
    low, high = format(values.min(), form), format(values.max(), form)
    return low if low == high else f"{low} to {high}"


#: In the order in which faults are reported.
CASE_CHECKS: tuple[CaseCheck, ...] = (
    CaseCheck("equal shape", "mask", "a mask as large as its image", _shape, _sizes),
    CaseCheck(
        "equal geometry",
        "mask",
        "spacing and directions of the image in its mask",
        _geometry,
        _spacing,
        lambda dataset: dataset.kind == "volume",
    ),
    CaseCheck(
        "finite intensities",
        "image",
        "no voxel that is NaN or infinite",
        _finite,
        "all finite",
    ),
    CaseCheck(
        "contrast",
        "image",
        "more than one intensity in an image",
        _contrast,
        "no constant image",
    ),
    CaseCheck("label values", "mask", "only {labels}", _labels, _values),
    CaseCheck(
        "non-empty masks",
        "mask",
        "a structure in every mask",
        _not_empty,
        lambda table: f"labelled slices: {_range(table['foreground_slices'], 'd')}",
        lambda dataset: not dataset.empty_masks,
    ),
    CaseCheck(
        "mask polarity",
        "mask",
        "{polarity}",
        lambda pair, dataset: dataset.check_mask(pair.mask),
        "so in every mask",
        lambda dataset: dataset.check_mask is not None,
    ),
)
