"""Decide which cases a model may be trained on and which it is tested on."""

import numpy as np
import pandas as pd

from sambench.errors import InputError, count_of


def assign_splits(inventory: pd.DataFrame, rule: dict) -> pd.Series:
    """Assign each case to ``train``, ``test``, ``all`` or ``validation``.

    Parameters
    ----------
    inventory : pd.DataFrame
        The whole inventory of one data set: tasks cut from it then agree.
    rule : dict
        ``{rule: none}``: every case is ``all``, for training and testing alike.
        ``{rule: published}``: the split that comes with the data set.
        ``{rule: published_validation}``: the same lists, but every case tests: the
        test list does not train (``validation``), the train list does (``all``).
        ``{rule: patient, train_fraction: f, seed: s}``: the patients, sorted, are
        shuffled, and the first part of them is ``train``. Rounded to the nearest
        number of patients, with at least one on each side if there are two.
        Patients who occur in other groups (CT or MR of AMOS) are shuffled apart, so
        that each group gets its share; patients who occur in several groups (both
        channels of one image) are on the same side in all.

    Returns
    -------
    pd.Series
        Named ``split``, with the index of `inventory`. A patient is never on both
        sides.

    Raises
    ------
    InputError
        If the rule cannot be applied to this data set.
    """
    name = rule["rule"]
    if name == "none":
        split = pd.Series("all", index=inventory.index)
    elif name == "published":
        split = _published(inventory)
    elif name == "published_validation":
        split = _published(inventory).map({"train": "all", "test": "validation"})
    else:
        split = _by_patient(inventory, rule)
    return split.rename("split")


def _published(inventory: pd.DataFrame) -> pd.Series:
    unknown = ~inventory["split"].isin(["train", "test"])
    if unknown.any():
        raise InputError(
            where=f"inventory of {inventory['dataset'].iloc[0]}",
            found=f"no published split for case {inventory['case'][unknown].iloc[0]}"
            f" ({count_of(unknown.sum(), 'case')} in all)",
            expected="train or test for every case",
            remedy="Use split rule none or patient for this data set",
        )
    both = inventory.groupby("patient")["split"].nunique() > 1
    if both.any():
        raise InputError(
            where=f"inventory of {inventory['dataset'].iloc[0]}",
            found=f"patient {both.idxmax()} in the published train and test split",
            expected="each patient in one of them",
            remedy="Remove one of the copies, or use split rule patient",
        )
    return inventory["split"]


def _by_patient(inventory: pd.DataFrame, rule: dict) -> pd.Series:
    groups = inventory.groupby("patient")["group"].agg(lambda g: tuple(sorted(set(g))))
    if len(groups) < 2:
        raise InputError(
            where=f"inventory of {inventory['dataset'].iloc[0]}",
            found=f"{len(groups)} patient",
            expected="at least 2, one for training and one for testing",
            remedy="Use split rule none or add cases",
        )
    training: set[str] = set()
    for _, patients in groups.groupby(groups):
        names = np.array(sorted(patients.index))
        share = round(rule["train_fraction"] * len(names))
        n_train = max(1, min(share, len(names) - 1))
        order = np.random.default_rng(rule["seed"]).permutation(len(names))
        training.update(names[order[:n_train]])
    return inventory["patient"].map(lambda p: "train" if p in training else "test")
