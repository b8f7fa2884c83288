"""The checks that every case of a data set has to pass before anything is trained.

Each is run on every case to which it applies, and listed with what it saw: one table,
`CASE_CHECKS`, serves both.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sambench.data.cases import Case
from sambench.data.datasets import Dataset
from sambench.data.findings import PASSED, Finding
from sambench.data.geometry import difference
from sambench.data.pairs import CasePair


@dataclass(frozen=True)
class CaseCheck:
    """One check of every case.

    Parameters
    ----------
    name : str
        What is checked, in words.
    expected : callable
        ``expected(dataset) -> str``.
    fault : callable
        ``fault(case, pair, dataset)`` gives ``"<file>: found ..., expected ..."`` or
        None.
    seen : callable
        ``seen(inventory) -> str``: what the cases hold that passed.
    applies : callable
        ``applies(dataset) -> bool``.
    """

    name: str
    expected: Callable[[Dataset], str]
    fault: Callable[[Case, CasePair, Dataset], str | None]
    seen: Callable[[pd.DataFrame], str]
    applies: Callable[[Dataset], bool] = lambda dataset: True


def case_faults(case: Case, pair: CasePair, dataset: Dataset) -> list[str]:
    """Run every check that applies on a case, and return what is wrong in sentences."""
    faults = (
        check.fault(case, pair, dataset)
        for check in CASE_CHECKS
        if check.applies(dataset)
    )
    return [fault for fault in faults if fault]


def passed_checks(inventory: pd.DataFrame, dataset: Dataset) -> list[Finding]:
    """List the checks that the cases of an inventory, all of its cases, have passed."""
    count = len(inventory)
    patients = inventory["patient"].nunique()
    rows = [
        ("pairs", "an image and a mask that can be read", f"{count} pairs"),
        (
            "names of cases",
            "each once in its group",
            f"{count} cases of {patients} patients",
        ),
        *(
            (check.name, check.expected(dataset), check.seen(inventory))
            for check in CASE_CHECKS
            if check.applies(dataset)
        ),
    ]
    return [Finding(dataset.id, *row, PASSED, count) for row in rows]


def _shape(case: Case, pair: CasePair, dataset: Dataset) -> str | None:
    if pair.plane == pair.mask.shape:
        return None
    return f"{case.mask}: found shape {pair.mask.shape}, expected {pair.plane}"


def _geometry(case: Case, pair: CasePair, dataset: Dataset) -> str | None:
    """Compare spacing and directions as stored; for origins see `case_doubts`."""
    # Of another shape, the mask is of another image: that alone is the message.
    if pair.affines is None or pair.plane != pair.mask.shape:
        return None
    image, mask = pair.affines
    found = difference(mask, image)
    return f"{case.mask}: found {found} as in the image" if found else None


def _finite(case: Case, pair: CasePair, dataset: Dataset) -> str | None:
    bad = pair.image.size - np.count_nonzero(np.isfinite(pair.image))
    if not bad:
        return None
    return f"{case.image}: found {bad} voxels NaN or infinite, expected finite ones"


def _contrast(case: Case, pair: CasePair, dataset: Dataset) -> str | None:
    if pair.image.size and pair.image.min() != pair.image.max():
        return None
    return f"{case.image}: found a constant image, expected contrast"


def _labels(case: Case, pair: CasePair, dataset: Dataset) -> str | None:
    unknown = sorted(set(np.unique(pair.mask).tolist()) - dataset.labels)
    if not unknown:
        return None
    expected = listed(sorted(dataset.labels))
    found = f"{case.mask}: found label values {listed(unknown)}"
    return f"{found}, expected only {expected}"


def _not_empty(case: Case, pair: CasePair, dataset: Dataset) -> str | None:
    if pair.mask.any():
        return None
    return f"{case.mask}: found an empty mask, expected a structure"


def _polarity(case: Case, pair: CasePair, dataset: Dataset) -> str | None:
    wrong = dataset.check_mask(pair.mask)
    return f"{case.mask}: {wrong}" if wrong else None


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
    rest = f" ({unknown} cases of unknown spacing)" if unknown else ""
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
    CaseCheck(
        "equal shape",
        lambda dataset: "a mask as large as its image",
        _shape,
        _sizes,
    ),
    CaseCheck(
        "equal geometry",
        lambda dataset: "spacing and directions of the image in its mask",
        _geometry,
        _spacing,
        lambda dataset: dataset.kind == "volume",
    ),
    CaseCheck(
        "finite intensities",
        lambda dataset: "no voxel that is NaN or infinite",
        _finite,
        lambda inventory: "all finite",
    ),
    CaseCheck(
        "contrast",
        lambda dataset: "more than one intensity in an image",
        _contrast,
        lambda inventory: "no constant image",
    ),
    CaseCheck(
        "label values",
        lambda dataset: f"only {listed(sorted(dataset.labels))}",
        _labels,
        _values,
    ),
    CaseCheck(
        "non-empty masks",
        lambda dataset: "a structure in every mask",
        _not_empty,
        lambda table: f"labelled slices: {_range(table['foreground_slices'], 'd')}",
        lambda dataset: not dataset.empty_masks,
    ),
    CaseCheck(
        "mask polarity",
        lambda dataset: dataset.polarity,
        _polarity,
        lambda inventory: "so in every mask",
        lambda dataset: dataset.check_mask is not None,
    ),
)
