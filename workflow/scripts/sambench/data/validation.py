"""Hold out a part of a source's training cases, by patient."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from sambench.data.packed import PackedSlices
from sambench.errors import InputError


def validation_rows(
    domains: Sequence[PackedSlices], fraction: float
) -> list[np.ndarray]:
    """Choose the slices of a source that validate instead of training.

    If the split of a benchmark says which cases validate, they do, whatever the
    fraction. Else patients are drawn in the order of a hash of their id: nothing else
    decides, so that every method and every seed holds out the same ones. A patient who
    occurs in several domains (one image, two tasks) is on the same side in all of them.
    Patients of the same domains are drawn apart from the others, so that each domain
    gives about its share and keeps cases to train on.

    Parameters
    ----------
    domains : sequence of PackedSlices
        The domains of the source.
    fraction : float
        Share of the patients, rounded, of 0 to 0.5. Of a source at least one patient is
        held out, unless the fraction is 0.

    Returns
    -------
    list of ndarray of int64
        Rows of each domain: every slice of the patients held out.

    Raises
    ------
    InputError
        If no domain has two patients to train on.
    """
    if not fraction:
        return [np.empty(0, np.int64) for _ in domains]
    listed = [domain.rows("validation") for domain in domains]
    if any(map(len, listed)):  # by the benchmark's own lists
        return listed
    # Equal ids of two data sets count as one patient, who is then on one side too.
    found = defaultdict(list)
    for number, domain in enumerate(domains):
        training = domain.slices["patient"].iloc[domain.rows("train")]
        for patient in training.unique():
            found[patient].append(number)
    groups = defaultdict(list)
    for patient in sorted(found, key=drawing_order):
        groups[tuple(found[patient])].append(patient)
    held = {
        patient
        for patients in groups.values()
        for patient in patients[: round(fraction * len(patients))]
    }
    if not held:
        largest = max(groups.values(), key=len, default=[])
        if len(largest) < 2:
            raise InputError(
                where=", ".join(str(domain.folder) for domain in domains),
                found="no domain with two patients to train on",
                expected="at least two: one to train on, one to validate on",
                remedy="Set `checkpoints.validation` to 0, or leave out the source",
            )
        held.add(largest[0])
    rows = [domain.rows("train") for domain in domains]
    return [
        each[domain.slices["patient"].iloc[each].isin(held)]
        for domain, each in zip(domains, rows, strict=True)
    ]


def drawing_order(patient: str) -> str:
    """Return a key to sort patients by, which nothing but the id decides."""
    return hashlib.sha256(str(patient).encode()).hexdigest()
